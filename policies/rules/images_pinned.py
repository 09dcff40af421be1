"""Images, charts and servers are pinned by a version or a digest: what runs tomorrow was tested today."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.operated import OPERATED
from policies.support.pods import containers
from policies.support.values import UNKNOWN, at, cannot_judge, properties

_DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")
# A version of two parts or more, a date, or a commit; a name such as `latest` or `3` moves.
_VERSION: Final = re.compile(r"(?<![\w.])v?\d+\.\d+|(?<!\d)20\d{6}(?!\d)|^[0-9a-f]{7,40}$", re.ASCII)
_FIXED: Final = re.compile(r"v?\d+(?:\.\d+)+(?:[-+][\w.+-]+)?", re.ASCII)
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_IMAGES: Final = {
    "aws:lambda/function:Function": "imageUri",
    "aws:sagemaker/model:Model": "primaryContainer.image",
}
_TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report images and servers whose content may change under the same name."""
    found = properties(args.props)
    unknown = []
    for where, value, is_image in dict.fromkeys(
        (*_images(args.resource_type, found), *_versions(args.resource_type, found))
    ):
        if value is UNKNOWN:
            unknown.append(where)
        elif is_image and not is_pinned(str(value or "")):
            report(f"{where}: expected an image with a version or a digest, found {value or 'nothing'}", args.urn)
        elif not is_image and not _FIXED.fullmatch(str(value or "")):
            report(f"{where}: expected a version such as 1.2.3, found {value or 'nothing'}", args.urn)
    if unknown:
        cannot_judge(unknown[0])


def is_pinned(image: str) -> bool:
    """Return whether an image's name has a digest, or a tag that says a version."""
    if _DIGEST.search(image):
        return True
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return bool(_VERSION.search(tag))


def _images(kind: str, found: object) -> Iterator[tuple[str, object, bool]]:
    for container in containers(kind, found):
        where, image = f"{container.where}.image", at(container.settings, "image")[0][1]
        if container.made is not None and container.made.image == "image":
            where, image = at(found, "spec.image")[0]
        # The operator makes the image's name of `version` or of its own, unless it is given here.
        given = container.made.image == "image" if container.made else not container.overlay
        if image is not None or given:
            yield where, image, True
    for where, image in at(found, _IMAGES.get(kind, "")):
        if image is not None:
            yield where, image, True
    if kind == _TASK:
        yield from _task(found)


def _task(found: object) -> Iterator[tuple[str, object, bool]]:
    where, text = at(found, "containerDefinitions")[0]
    if not isinstance(text, str):
        yield where, UNKNOWN, True
        return
    for place, image in at({where: json.loads(text)}, f"{where}[].image"):
        yield place, image, True


def _versions(kind: str, found: object) -> Iterator[tuple[str, object, bool]]:
    if kind == _RELEASE:
        where, version = at(found, "version")[0]
        yield where, version, False
    elif any(each.image == "version" for pod in OPERATED.get(kind, ()) for each in pod.made):
        where, version = at(found, "spec.version")[0]
        image = at(found, "spec.image")[0][1]
        # Grafana's `version` may also be a whole image or a digest.
        if image is None and not is_pinned(str(version or "")):
            yield where, version, False


RULE = ResourceValidationPolicy(
    name="images-pinned",
    description="Images, charts and servers are named by a version or a digest.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
