# The commands that people and other tools call. `make help` lists them.
SHELL := /bin/bash
STACK ?= local
PYTHON := .venv/bin/python
STACKS := $(filter-out %-base,$(patsubst Pulumi.%.yaml,%,$(wildcard Pulumi.*.yaml)))
TOOLS := promtool prometheus alertmanager amtool
FLINK = $(shell sed -n "s/^flink: \([^ ]*\).*/\1/p" versions.yaml)
# Stacks are shared out among two workers, the longest first; the small program's tests stay together.
ENGINE_TESTS = $(PYTHON) -m pytest -m e2e -n 2 --dist loadgroup -rfEsP tests/engine
CLUSTER := etcd kube-apiserver kubectl
CLUSTER_ENGINE := pulumi pulumi-resource-kubernetes kube-controller-manager prometheus-operator

.DEFAULT_GOAL := help
.PHONY: help up preview previews check render refresh destroy test e2e engine engine-all cluster-engine charts nightly lab tools cluster collector pulumi pipelines log-image log-servers lint format types schemas bootstrap docs coverage-table pins bench bench-logs bench-traces example example-image clean

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

up: .venv/.runtime ## deploy STACK (default local) in the sandbox, its base first
	@$(PYTHON) -m sandbox up --stack $(STACK)

preview: .venv/.runtime ## show what up would change, policy findings and the monthly cost
	@$(PYTHON) -m sandbox preview --stack $(STACK)

previews: .venv/.runtime ## preview every stack; SUMMARY=FILE appends the results to it as Markdown
	@failed=0; for stack in $(STACKS); do \
		$(PYTHON) -m sandbox preview --stack $$stack $(if $(SUMMARY),--markdown "$(SUMMARY)") || failed=1; \
	done; exit $$failed

check: .venv/.dev ## what the tests would say of the catalog, runbooks, cases and made files, in seconds
	@$(PYTHON) -m tests.check

render: .venv/.runtime ## write every compiled artefact of STACK under build/STACK/
	@$(PYTHON) -m sandbox render --stack $(STACK)

refresh: .venv/.runtime ## compare STACK with the sandbox's cloud
	@$(PYTHON) -m sandbox refresh --stack $(STACK)

destroy: .venv/.runtime ## remove STACK and its base from the sandbox, and prove it
	@$(PYTHON) -m sandbox destroy --stack $(STACK)

test: .venv/.dev pipelines ## every test that needs no server to be built
	@$(PYTHON) tools/build.py --quick promtool amtool blackbox_exporter || echo "promtool, amtool or blackbox_exporter are missing: see above; tests/rules skips what needs them" >&2
	@$(PYTHON) -m pytest -n auto --dist worksteal -m "not e2e and not cluster and not mutations and not slow" tests

e2e: .venv/.dev tools cluster collector pulumi pipelines log-servers ## real servers, real traffic; also the alerts' behaviour by the real promtool
	@$(PYTHON) -m pytest -n auto --dist worksteal -m "rules or slow" tests
	@$(PYTHON) -m pytest -m "e2e and timed" -n 2 -rfEsP tests/e2e
	@$(PYTHON) -m pytest -m "e2e and not timed" -n 6 --dist worksteal -rfEsP tests/e2e
	@ENGINE_STACKS= $(ENGINE_TESTS)

engine: .venv/.dev pulumi ## deploy STACK by the real Pulumi engine, and hold it against the sandbox; without STACK, local and prod, and previews of the others
	@ENGINE_STACKS="$(if $(filter file,$(origin STACK)),,$(STACK))" $(ENGINE_TESTS)

engine-all: .venv/.dev pulumi ## the same for all stacks, each from the first up to destroy
	@ENGINE_STACKS=all $(ENGINE_TESTS)

cluster-engine: .venv/.dev cluster ## local and dev by the real engine and Kubernetes provider, on an API server with controllers (builds 20-30 minutes, once)
	@$(PYTHON) tools/build.py $(CLUSTER_ENGINE) || echo "a program is missing: see above; tests/cluster skips what needs it" >&2
	@$(PYTHON) -m pytest -m cluster -rfEsP tests/cluster

charts: .venv/.dev ## build Helm (3-5 minutes, once) and prove by it the command that lists what a chart makes
	@$(PYTHON) tools/build.py helm || echo "no Helm: see above; tests/tools skips what needs it" >&2
	@$(PYTHON) -m pytest -rfEsP tests/tools/test_charts.py

nightly: engine-all cluster-engine charts ## what takes too long for each change

lab: .venv/.dev tools ## the same servers left running; pick an incident, or WORKLOAD=platform INCIDENT="pipeline stall"
	@$(PYTHON) -m tests.e2e.lab $(if $(WORKLOAD),--workload "$(WORKLOAD)") $(if $(INCIDENT),--incident "$(INCIDENT)")

tools: .venv/.dev ## build promtool, prometheus, alertmanager and amtool (3-4 minutes, once)
	@$(PYTHON) tools/build.py $(TOOLS)

cluster: .venv/.dev ## build a Kubernetes API server and kubectl, unpack etcd (5-10 minutes, once)
	@$(PYTHON) tools/build.py $(CLUSTER) || echo "no API server: see above; tests/e2e skips what needs it" >&2

collector: .venv/.dev ## build an OpenTelemetry Collector with the components that traces use (4-5 minutes, once)
	@$(PYTHON) tools/build.py otelcol || echo "no collector: see above; tests/e2e skips what needs it" >&2

pulumi: .venv/.dev ## build the Pulumi CLI with its engine (3-7 minutes, once)
	@$(PYTHON) tools/build.py pulumi || echo "no Pulumi CLI: see above; tests/engine skips what needs it" >&2

pipelines: .venv/.dev ## compile and test the log job with Maven, once (a minute)
	@$(PYTHON) tools/maven.py log-job || echo "no log job: see above; tests skip what needs it" >&2

log-image: pipelines ## build the log job's image as IMAGE; PUSH=yes logs in with REGISTRY_TOKEN and pushes it
	@test -n "$(IMAGE)" || { echo "log-image: IMAGE: expected the image's name and tag: make log-image IMAGE=registry/name:tag" >&2; exit 1; }
	@docker build --build-arg FLINK=$(FLINK) --tag "$(IMAGE)" --file pipelines/log-job/Dockerfile .tools/java
	@if [ "$(PUSH)" = yes ]; then \
		printf '%s' "$$REGISTRY_TOKEN" | docker login --username "$$GITHUB_ACTOR" --password-stdin "$(firstword $(subst /, ,$(IMAGE)))" && \
		docker push "$(IMAGE)"; fi

log-servers: .venv/.dev ## fetch Kafka, OpenSearch and Flink with Maven, once (a minute)
	@$(PYTHON) tools/maven.py kafka opensearch flink || echo "no log servers: see above; tests/e2e skips what needs them" >&2

lint: .venv/.dev ## style and common mistakes
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

format: .venv/.dev ## rewrite the sources in the project's style
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

types: .venv/.dev ## strict type checks
	@$(PYTHON) -m mypy .

bootstrap: .venv/.runtime ## make the state bucket and the secrets key in your AWS account, once
	@$(PYTHON) -m bootstrap

schemas: .venv/.runtime ## write the JSON Schemas of the catalog's files, for editors
	@$(PYTHON) -m compiler schemas

docs: .venv/.runtime ## write the runbooks as a site under build/runbooks-site/
	@$(PYTHON) -m compiler docs

coverage-table: .venv/.dev ## write docs/seed-coverage.md, docs/seed-corrections.md and the tables of other pages that the catalog makes
	@$(PYTHON) -m tests.coverage

bench: .venv/.dev pipelines ## how long the main commands take, as a table and as JSON
	@$(PYTHON) -m benchmarks
	@$(PYTHON) -m benchmarks.instrumentation
	@$(PYTHON) -m benchmarks.logs

bench-logs: .venv/.dev pipelines log-servers ## the log pipeline: lines a second, latency, a search over a million lines
	@$(PYTHON) -m benchmarks.logs --servers

example: .venv/.dev ## run the example services on this machine, with traffic; STAY=yes keeps them, RATE=20 COUNT=400
	@$(PYTHON) -m sandbox render --stack $(STACK) >/dev/null
	@$(PYTHON) examples/recommendation-service/run.py --contracts build/$(STACK)/instrumentation \
		$(if $(RATE),--rate $(RATE)) $(if $(COUNT),--count $(COUNT)) $(if $(STAY),--stay)

example-image: .venv/.runtime ## build the example service's image as IMAGE=name:tag
	@test -n "$(IMAGE)" || { echo "example-image: IMAGE: expected the image's name and tag: make example-image IMAGE=name:tag" >&2; exit 1; }
	@$(PYTHON) -m sandbox render --stack prod >/dev/null
	@docker build --tag "$(IMAGE)" --file examples/recommendation-service/Dockerfile .

bench-traces: .venv/.dev collector ## spans a second of an agent and of a gateway, on two cores
	@$(PYTHON) -m benchmarks.traces

pins: .venv/.dev ## compile requirements*.txt from pyproject.toml (hashes, no addresses)
	@$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml --output-file requirements.txt
	@$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml --extra dev --constraints requirements.txt --output-file requirements-dev.txt
	@cd examples/recommendation-service && ../../$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-header \
		--python-version 3.11 pyproject.toml --constraints ../../requirements-dev.txt --output-file requirements.txt

clean: ## remove build artefacts; the sandbox's state and the tools stay
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Set-up: an environment that holds exactly the pinned packages. The stamps make it idempotent.
.venv/.runtime: requirements.txt setup.sh
	@bash setup.sh runtime

.venv/.dev: requirements-dev.txt setup.sh
	@bash setup.sh dev
