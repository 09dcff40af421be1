"""The commit whose catalog and cases are taken for proven: where the branch left the remote's main branch."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

EDITED = ("catalog", "docs/runbooks", "tests/rules")
"""What users edit and a proof reads."""
_REMOTES = ("origin/HEAD", "origin/main")


def _git(root: Path, *arguments: str) -> bytes | None:
    """Return what git prints; None where there is no git, no repository, or nothing by that name."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False, timeout=60)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def base_commit(root: Path) -> str | None:
    """Return the last commit that the branch shares with the remote's main branch; without a remote, the branch's last.

    What was merged there has passed the tests. None where the folder is no clone: then nothing is proven.
    """
    for remote in _REMOTES:
        shared = _git(root, "merge-base", "HEAD", remote)
        if shared:
            return shared.decode().strip()
    head = _git(root, "rev-parse", "HEAD")
    return head.decode().strip() if head else None


def is_edited(root: Path, commit: str) -> bool:
    """Return whether anything that users edit differs from a commit, new files included."""
    changed = _git(root, "diff", "--name-only", commit, "--", *EDITED)
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "--", *EDITED)
    return changed is None or untracked is None or bool(changed + untracked)


def checked_out(root: Path, commit: str, folder: Path) -> bool:
    """Write what users edit into a folder, as a commit has it; return whether that could be done."""
    archive = _git(root, "archive", "--format=tar", commit, *EDITED)
    if archive is None:
        return False
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return True
