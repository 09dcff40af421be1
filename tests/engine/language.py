"""A Python language host, for where Pulumi's own is not installed: no package registry has it.

It stands for `pulumi-language-python` of the CLI's version (sdk/python/cmd/pulumi-language-python/main.go), which is
taken instead where it is on PATH. What that one does otherwise: it lists the packages that the program needs, so that
the engine can install their providers; it installs dependencies; it asks the toolchain (pip, poetry, uv) for the
interpreter, where this one takes the virtual environment that the option `virtualenv` names; it starts a debugger.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, language_pb2, plugin_pb2
from pulumi.runtime.proto.language_pb2_grpc import LanguageRuntimeServicer, add_LanguageRuntimeServicer_to_server

from sandbox.analyzer import PolicyPack
from tests.engine.plugin import UNLIMITED, run, serve

_BAIL = 32
"""Exit status of `pulumi-language-python-exec` after it has shown the error itself."""


class Language(LanguageRuntimeServicer):
    """Runs programs and policy packs.

    Args:
        program_runner: `pulumi-language-python-exec` of the Pulumi SDK.
        engine: the engine's address.
    """

    def __init__(self, program_runner: Path, engine: str) -> None:
        self._program_runner = program_runner
        self._engine = engine

    def GetPluginInfo(self, _request: Any, _context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        """Return no version: this one has none."""
        return plugin_pb2.PluginInfo()

    def GetRequiredPackages(self, _request: Any, _context: Any) -> language_pb2.GetRequiredPackagesResponse:  # noqa: N802
        """Ask for no package: the providers are on PATH."""
        return language_pb2.GetRequiredPackagesResponse()

    def Handshake(self, _request: Any, _context: Any) -> language_pb2.LanguageHandshakeResponse:  # noqa: N802
        """Take note of nothing: the engine's address is an argument as well."""
        return language_pb2.LanguageHandshakeResponse()

    def Cancel(self, _request: Any, _context: Any) -> empty_pb2.Empty:  # noqa: N802
        """End nothing: the engine interrupts the process group."""
        return empty_pb2.Empty()

    def Run(self, request: language_pb2.RunRequest, _context: Any) -> language_pb2.RunResponse:  # noqa: N802
        """Run the program to its end."""
        given = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "organization": request.organization,
            "pwd": request.pwd,
            "dry_run": str(request.dryRun).lower(),
            "parallel": str(request.parallel),
        }
        flags = [word for name, value in given.items() for word in (f"--{name}", value)]
        configured = {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [_python(request.info), "-u", str(self._program_runner), *flags, request.info.entry_point]
        done = subprocess.run(
            command, cwd=request.pwd, env={**os.environ, **configured}, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode == _BAIL:
            return language_pb2.RunResponse(bail=True)
        failed = f"program exited with non-zero exit code: {done.returncode}" if done.returncode else ""
        return language_pb2.RunResponse(error=failed)

    def RunPlugin(  # noqa: N802
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Serve a policy pack until the engine hangs up.

        A pack reads stack and configuration from its environment, and the engine has neither before `ConfigureStack`:
        a proxy answers until then (policy_proxy.go of Pulumi's SDK does the same).
        """
        if request.kind != "analyzer":
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"this host runs policy packs only, not kind {request.kind!r}")
        proxy = PackProxy(Path(request.info.program_directory))
        server, port = serve(lambda to: to.add_generic_rpc_handlers((proxy,)), workers=32)
        over = threading.Event()
        context.add_callback(over.set)
        try:
            yield language_pb2.RunPluginResponse(stdout=f"{port}\n".encode())
            over.wait()
        finally:
            server.stop(None)
            proxy.close()


class PackProxy(grpc.GenericRpcHandler):
    """Starts a policy pack when its stack is known, and passes every other call on to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._pack: PolicyPack | None = None
        self._channel: grpc.Channel | None = None

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Choose the answer to a call by its method."""
        method = handler_call_details.method
        answers: Mapping[str, Callable[[bytes, Any], bytes]] = {
            "Handshake": lambda *_: analyzer_pb2.AnalyzerHandshakeResponse().SerializeToString(),
            "ConfigureStack": self._configure,
        }

        def passed_on(request: bytes, _context: Any) -> bytes:
            return self._passed_on(method, request)

        return grpc.unary_unary_rpc_method_handler(answers.get(method.rpartition("/")[2], passed_on))

    def close(self) -> None:
        """End the pack."""
        if self._channel:
            self._channel.close()
        if self._pack:
            self._pack.close()

    def _configure(self, request: bytes, _context: Any) -> bytes:
        given = analyzer_pb2.AnalyzerStackConfigureRequest.FromString(request)
        self._start(given)
        return self._passed_on("/pulumirpc.Analyzer/ConfigureStack", request)

    def _passed_on(self, method: str, request: bytes) -> bytes:
        call: Any = self._to_pack().unary_unary(method)
        answer: bytes = call(request)
        return answer

    def _to_pack(self) -> grpc.Channel:
        with self._lock:
            if self._channel is None:
                # `pulumi policy publish` never configures a stack.
                self._begin(analyzer_pb2.AnalyzerStackConfigureRequest())
            assert self._channel
            return self._channel

    def _start(self, given: analyzer_pb2.AnalyzerStackConfigureRequest) -> None:
        with self._lock:
            self._begin(given)

    def _begin(self, given: analyzer_pb2.AnalyzerStackConfigureRequest) -> None:
        self._pack = PolicyPack(
            self._folder,
            project=given.project,
            stack=given.stack,
            dry_run=given.dry_run,
            config=dict(given.config),
            organization=given.organization,
        )
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self._pack.start()()}", options=UNLIMITED)


def _python(info: language_pb2.ProgramInfo) -> str:
    """Return the interpreter of the program's own virtual environment."""
    options: dict[str, Any] = json_format.MessageToDict(info.options)
    environment = options.get("virtualenv")
    return str(Path(info.root_directory) / environment / "bin" / "python") if environment else sys.executable


def main(arguments: list[str]) -> None:
    """Serve; the engine appends its own address to the arguments."""
    language = Language(Path(arguments[0]), sys.argv[-1])
    run(lambda server: add_LanguageRuntimeServicer_to_server(language, server), workers=32)
