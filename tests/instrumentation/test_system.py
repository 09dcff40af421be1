"""A process's figures of its machine, or of its container's limits."""

from pathlib import Path

from instrumentation.system import System


def group(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)
    return folder


def test_a_containers_own_limits_count(tmp_path: Path) -> None:
    (tmp_path / "group").mkdir()
    folder = group(
        tmp_path / "group",
        cpu_stat="usage_usec 1000000\n",
        cpu_max="50000 100000\n",
        memory_max="1000\n",
        memory_current="600\n",
        memory_stat="anon 1\ninactive_file 100\n",
    )
    system = System(folder, tmp_path)
    assert system.figures()["memory_usage"] == 50
    # Half a core, and far more of it used than any time since then allows.
    group(folder, cpu_stat="usage_usec 900000000\n")
    assert system.figures()["cpu_usage"] == 100
    assert system.figures()["cpu_usage"] == 0


def test_a_machine_is_read_where_there_is_no_limit(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1 1 1\n")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
    system = System(tmp_path / "none", tmp_path)
    assert system.figures()["memory_usage"] == 75
    (tmp_path / "stat").write_text("cpu  150 0 150 1400 200 0 0 0 0 0\n")
    assert system.figures()["cpu_usage"] == 11.11
    nowhere = System(tmp_path / "none", tmp_path / "none")
    assert nowhere.figures()["cpu_usage"] is nowhere.figures()["memory_usage"] is None
