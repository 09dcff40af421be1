"""The CloudWatch exporter: its requests, and the names of its series."""

from dataclasses import replace

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics import yace
from compiler.target import Target


@pytest.mark.parametrize(
    ("namespace", "metric", "statistic", "name"),
    [
        # Source: YACE 0.67, pkg/promutil/migrate.go, BuildMetricName.
        ("AWS/ApiGateway", "5XXError", "Sum", "aws_apigateway_5_xxerror_sum"),
        ("AWS/ApiGateway", "Latency", "p95", "aws_apigateway_latency_p95"),
        ("AWS/ElastiCache", "CPUUtilization", "Average", "aws_elasticache_cpuutilization_average"),
        ("CustomMetrics/ML", "ModelR2", "Average", "aws_custommetrics_ml_model_r2_average"),
        (
            "/aws/sagemaker/TrainingJobs",
            "CPUUtilization",
            "Maximum",
            "aws_sagemaker_trainingjobs_cpuutilization_maximum",
        ),
        ("Glue", "glue.driver.ExecutorAllocation", "Sum", "aws_glue_driver_executor_allocation_sum"),
        ("My Space", "Share%(good)", "Average", "aws_my_space_share_percent_good__average"),
    ],
)
def test_series_are_named_as_the_exporter_names_them(namespace: str, metric: str, statistic: str, name: str) -> None:
    assert yace.series_name(namespace, metric, statistic) == name


def test_a_selector_chooses_one_metric_of_one_environment(billing: Watched, target: Target) -> None:
    parity = billing.cloudwatch_metric("parity-age")
    assert yace.selector(parity, "Minimum", target) == (
        "aws_custommetrics_ml_demographic_parity_minimum"
        '{workload="platform", dimension_Attribute="age", dimension_Environment="prod", dimension_Model="billing"}'
    )


def test_only_what_an_objective_needs_is_paid_for(billing: Watched) -> None:
    exported = {(each.metric.id, each.statistic, each.period) for each in yace.exports(billing)}
    assert exported == {
        ("api-requests", "Sum", 300),
        ("api-5xx", "Sum", 300),
        ("api-latency", "p95", 86_400),
        ("model-r2", "Average", 86_400),
        *((f"parity-{group}", "Minimum", 86_400) for group in ("gender", "age", "location")),
        ("data-age", "Maximum", 3_600),
    }


def test_a_job_asks_for_one_set_of_dimensions_of_a_namespace(catalog: Catalog, target: Target) -> None:
    configuration = yace.configuration(catalog, target)
    assert configuration is not None
    jobs = configuration["customNamespace"]
    assert isinstance(jobs, list)
    asked = {(job["namespace"], *job["dimensionNameRequirements"]): job for job in jobs}
    assert set(asked) == {
        ("AWS/ApiGateway", "ApiName"),
        ("AWS/ES", "ClientId", "DomainName"),
        ("CustomMetrics/DataQuality", "Dataset", "Environment"),
        ("CustomMetrics/ML", "Attribute", "Environment", "Model"),
        ("CustomMetrics/ML", "Environment", "Model"),
    }
    assert len({job["name"] for job in jobs}) == len(jobs)
    assert all(job["regions"] == ["eu-west-1"] for job in jobs)
    parity = asked["CustomMetrics/ML", "Attribute", "Environment", "Model"]["metrics"]
    assert [metric["name"] for metric in parity] == ["DemographicParity"], "three attributes are one metric"


def test_events_tile_time_and_none_are_zero(catalog: Catalog, target: Target) -> None:
    configuration = yace.configuration(catalog, target) or {}
    jobs = configuration["customNamespace"]
    assert isinstance(jobs, list)
    metrics = {metric["name"]: metric for job in jobs for metric in job["metrics"]}
    assert metrics["5XXError"] == {
        "name": "5XXError",
        "statistics": ["Sum"],
        "period": 300,
        "length": 300,
        "delay": 300,
        "nilToZero": True,
    }
    assert (metrics["ModelR2"]["nilToZero"], metrics["ModelR2"]["delay"]) == (False, 0)


def test_no_objective_in_cloudwatch_means_no_exporter(catalog: Catalog, shop: Watched, target: Target) -> None:
    assert yace.configuration(replace(catalog, workloads=(shop,)), target) is None


@pytest.mark.parametrize("metric", ["nan-log-lines", "prediction-buckets-churn", "pipeline-started"])
def test_what_cannot_be_told_apart_is_not_exported(billing: Watched, metric: str) -> None:
    assert yace.exportable(billing.cloudwatch_metric("api-requests"))
    assert not yace.exportable(billing.cloudwatch_metric(metric))
