"""Dashboards: in Grafana on Prometheus or CloudWatch metrics, and in CloudWatch."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from compiler.model.base import Count, Duration, Entry, Flag, LabelName, MetricName, Number, PromQL, Slug, Text
from compiler.model.metrics import MathLine

AlertName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=80)]
"""The name of an alert, of a CloudWatch alarm or of an objective."""
StepName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]*(/[a-z][a-z0-9-]*)?$", max_length=120)]
"""Such a name, with a severity where it has several; `/objective` or `/budget` of an objective on events."""


class Query(Entry):
    """One line or number of a panel."""

    expr: PromQL
    legend: str = ""
    exemplars: Flag = Field(default=False, description="Whether its series' exemplars are shown, each with its trace.")


class CloudWatchQuery(MathLine):
    """One line, bar or number of a panel: a CloudWatch metric of the catalog, or an expression over the others' ids."""

    legend: str = Field(default="", description="May hold Grafana's CloudWatch macros, as in ${PROP('Dim.Model')}.")
    period: Duration = "5m"
    hidden: Flag = False


class Step(Entry):
    """From this value on, the panel has this colour: the limit of an alert, or a figure that no alert has."""

    above: Number | None = None
    alert: StepName | None = Field(
        default=None,
        description="An alert, alarm or objective; name/severity where it has several, and of an objective on events "
        "name/objective (share of good ones) or name/budget (of bad ones).",
    )
    color: Literal["green", "yellow", "orange", "red", "blue"]

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a step without a value, and one with two."""
        if (self.above is None) == (self.alert is None):
            raise ValueError("expected either above or alert, found both or neither")
        return self


class ValueText(Entry):
    """The text that a panel shows in place of one value."""

    value: Count
    text: Text
    color: Literal["green", "yellow", "orange", "red", "blue"]


class Panel(Entry):
    """One panel; twenty-four columns make a row."""

    title: Text
    type: Literal["stat", "timeseries", "barchart", "heatmap", "table"]
    queries: tuple[Query, ...] = Field(default=(), description="On Prometheus.")
    cloudwatch: tuple[CloudWatchQuery, ...] = Field(default=(), description="On CloudWatch, instead of `queries`.")
    reduce: Literal["last", "sum"] = Field(
        default="last", description="What bars, tables and numbers show of each series over the window."
    )
    unit: str = Field(description="A Grafana unit: percentunit, s, reqps, short ...")
    description: Text | None = Field(
        default=None,
        description="Takes {{limit:NAME}} and {{for:NAME}} of an alert or alarm (NAME/SEVERITY where it has several); "
        "{{objective:NAME}}, {{allowed:NAME}}, {{limit:NAME}}, {{window:NAME}} and {{period:NAME}} of an objective.",
    )
    width: Annotated[Count, Field(ge=1, le=24)] = 12
    alerts: tuple[AlertName, ...] = Field(
        default=(),
        description="Alerts, alarms or objectives on a value of the workload: limits and targets are the steps.",
    )
    base_color: Literal["green", "yellow", "orange", "red", "blue"] = "green"
    steps: tuple[Step, ...] = Field(default=(), description="Where no alert has the limits: steps of the panel's own.")
    texts: tuple[ValueText, ...] = Field(default=(), description="Words for values that stand for something.")

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a panel without a query, one that asks two data sources, and steps beside those of alerts."""
        if bool(self.queries) == bool(self.cloudwatch):
            raise ValueError("expected queries on Prometheus or on CloudWatch")
        if self.alerts and self.model_fields_set & {"steps", "base_color"}:
            raise ValueError("alerts: their limits are the steps: expected neither steps nor base_color beside them")
        return self


class Row(Entry):
    """A titled row of panels."""

    title: Text
    panels: tuple[Panel, ...] = Field(min_length=1)


class Variable(Entry):
    """A choice at the top of a dashboard: the values of a label, for `$name` in matchers, legends and titles."""

    name: LabelName = Field(description='Queries use it as in {model="$model"}.')
    label: Text = Field(description="What stands beside the choice.")
    metric: MetricName = Field(description="The metric whose series have the label.")
    from_: LabelName = Field(alias="from", description="The label whose values are offered.")
    all: Flag = Field(default=False, description="Offers every value at once, chosen at first; its matchers need =~.")


class Dashboard(Entry):
    """A Grafana dashboard."""

    name: Slug
    title: Text
    description: Text
    refresh: Duration = "30s"
    window: Duration = "3h"
    variables: tuple[Variable, ...] = ()
    rows: tuple[Row, ...] = Field(min_length=1)


class WidgetMetric(MathLine):
    """A line of a CloudWatch widget: a metric of the catalog, or an expression over the others' ids."""

    label: str = Field(min_length=1)
    hidden: Flag = False


class Widget(Entry):
    """A CloudWatch widget; twenty-four columns make a row."""

    title: Text
    view: Literal["timeSeries", "singleValue"] = "timeSeries"
    metrics: tuple[WidgetMetric, ...] = Field(min_length=1)
    period: Duration = "5m"
    width: Annotated[Count, Field(ge=1, le=24)] = 8
    axis: Text | None = Field(default=None, description="The label of the left axis, with its unit.")


class Section(Entry):
    """A heading with its widgets."""

    title: Text
    widgets: tuple[Widget, ...] = Field(min_length=1)


class CloudWatchDashboard(Entry):
    """A CloudWatch dashboard."""

    name: Slug
    title: Text
    window: Duration = "1h"
    sections: tuple[Section, ...] = Field(min_length=1)


class DashboardsFile(Entry):
    """The file `dashboards.yaml` in a workload's folder."""

    grafana: tuple[Dashboard, ...] = ()
    cloudwatch: tuple[CloudWatchDashboard, ...] = ()
