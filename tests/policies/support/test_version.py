"""The pack has one version: that of its file, in what it says of itself and in each finding."""

from pathlib import Path

import yaml
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2 as wire

from sandbox.analyzer import AnalyzerResource, PolicyPack
from sandbox.analyzer_wire import analyze_request, as_struct

PACK = Path(__file__).resolve().parents[3] / "policies"


def _answers(pack: PolicyPack) -> tuple[str, set[str]]:
    """Return the version of the pack's description, and those of findings on a bucket without tags and on the stack."""
    kind = "aws:s3/bucket:Bucket"
    bucket = AnalyzerResource(f"urn:pulumi:test::observability::{kind}::a", kind, "a", {})
    request = analyze_request(bucket, as_struct({}, internal=False))
    info = pack._call(pack._stub.GetAnalyzerInfo, empty_pb2.Empty())
    judged: wire.AnalyzeResponse = pack._call(pack._stub.Analyze, request)
    whole: wire.AnalyzeResponse = pack._call(pack._stub.AnalyzeStack, wire.AnalyzeStackRequest())
    assert judged.diagnostics
    return info.version, {each.policyPackVersion for each in [*judged.diagnostics, *whole.diagnostics]}


def test_findings_carry_the_version_of_the_file(pack: PolicyPack) -> None:
    version = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8"))["version"]
    assert version != "0.0.1"
    assert _answers(pack) == (version, {version})


def test_another_version_in_the_file_is_the_packs(copied_pack: Path) -> None:
    file = copied_pack / "PulumiPolicy.yaml"
    text = file.read_text(encoding="utf-8")
    assert "version: 0.1.0" in text
    file.write_text(text.replace("version: 0.1.0", "version: 7.8.9"), encoding="utf-8")
    with PolicyPack(copied_pack, project="observability", stack="test", dry_run=True) as pack:
        assert _answers(pack) == ("7.8.9", {"7.8.9"})
