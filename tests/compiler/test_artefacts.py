"""The compiler as a whole: every artefact by its path, the same bytes each time, nothing of Pulumi or boto3."""

import hashlib
import json
import pkgutil
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
import yaml

import compiler
from compiler.artefacts import compile_artefacts, rule_groups
from compiler.catalog.catalog import Catalog
from compiler.target import Target
from tests.catalog_copy import ROOT

DIGEST = """
import hashlib, json, sys
from dataclasses import fields
from pathlib import Path
from compiler.artefacts import compile_artefacts
from compiler.load import load_catalog
from compiler.target import Target
target = Target(**json.loads(sys.argv[1]))
text = json.dumps(compile_artefacts(load_catalog(Path("tests/frozen/catalog")), target), sort_keys=False)
print(hashlib.sha256(text.encode()).hexdigest())
"""
IMPORTS = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""


def run(program: str, *arguments: str, seed: str = "0") -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_every_kind_of_artefact_has_its_place(catalog: Catalog, target: Target) -> None:
    paths = set(compile_artefacts(catalog, target))
    assert paths >= {
        "alertmanager/alertmanager.yaml",
        "alertmanager/messages.tmpl",
        "cloudwatch/alarms/api-error-rate-high-prod.json",
        "cloudwatch/alarms/api-down-prod.json",
        "cloudwatch/dashboards/billing-operations.json",
        "cloudwatch/log-groups/aws-apigateway-billing-api-prod.json",
        "cloudwatch/metric-filters/nan-predictions-prod.json",
        "cloudwatch/queries/billing-prod-find-errors.json",
        "grafana/shop/operations.json",
        "prometheus/rules/shop.yaml",
        "prometheus/rules/billing.yaml",
        "cloudwatch/alarms/api-availability-burn-fast-prod.json",
        "yace/yace.yaml",
    }


def test_artefacts_are_what_their_names_say(catalog: Catalog, target: Target) -> None:
    for path, text in compile_artefacts(catalog, target).items():
        assert text.endswith("\n"), path
        if path.endswith(".json"):
            assert json.loads(text)
        if path.endswith(".yaml"):
            assert yaml.safe_load(text)


def test_rules_are_written_as_they_are_grouped(catalog: Catalog, target: Target) -> None:
    artefacts = compile_artefacts(catalog, target)
    for watched in catalog:
        groups = [group.to_dict() for group in rule_groups(watched, catalog, target)]
        path = f"prometheus/rules/{watched.name}.yaml"
        written: Any = yaml.safe_load(artefacts[path]) if path in artefacts else {"groups": []}
        assert written["groups"] == groups
        assert all(group["rules"] for group in groups)
        assert len({group["name"] for group in groups}) == len(groups)


def test_compiling_twice_gives_the_same_bytes(catalog: Catalog, target: Target) -> None:
    first, second = compile_artefacts(catalog, target), compile_artefacts(catalog, target)
    assert list(first.items()) == list(second.items())
    assert list(first) == sorted(first)


@pytest.mark.parametrize("seed", ["1", "2024"])
def test_another_process_gives_the_same_bytes(catalog: Catalog, target: Target, seed: str) -> None:
    here = hashlib.sha256(json.dumps(compile_artefacts(catalog, target)).encode()).hexdigest()
    assert run(DIGEST, json.dumps(vars(target)), seed=seed) == here


def test_environments_differ_in_names_and_in_what_silence_means(catalog: Catalog, target: Target) -> None:
    prod = compile_artefacts(catalog, target)
    dr = compile_artefacts(catalog, replace(target, environment="dr"))
    assert {path.replace("-prod", "-dr") for path in prod} == set(dr)
    rules = "prometheus/rules/shop.yaml"
    assert "absent(" in prod[rules]
    assert "absent(" not in dr[rules]
    assert dr["cloudwatch/alarms/model-accuracy-degraded-dr.json"].count('"notBreaching"') == 1


def test_the_compiler_needs_neither_pulumi_nor_a_cloud() -> None:
    modules = [found.name for found in pkgutil.walk_packages(compiler.__path__, "compiler.")]
    assert len(modules) > 20
    imported = set(run(IMPORTS, *modules).split())
    assert "promql_parser" in imported
    assert not imported & {"pulumi", "pulumi_aws", "pulumi_kubernetes", "boto3", "botocore", "moto", "grpc"}
    assert not imported & {"components", "stacks", "sandbox", "policies", "settings"}
