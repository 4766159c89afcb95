"""Profiles of load: those that come with the package, and what is refused of an operator's own."""

from pathlib import Path

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.load.plan import Profile, ProfileError, Stage
from mcp_audit_harness.load.scaling import highest, scaled
from mcp_audit_harness.model.loading import Arrivals, Thresholds
from mcp_audit_scenarios.load.profiles import profile, profile_names
from mcp_audit_scenarios.load.weights import WEIGHTS

NAMES = (
    *("big-payloads", "noisy-neighbour", "ramp-to-break", "session-churn", "smoke"),
    *("soak", "spike", "streams", "sustained-1000"),
)
STAGE = "[[stages]]\nrate = 10\nduration_s = 5\n"


def written(directory: Path, text: str) -> str:
    path = directory / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_catalogue_knows_the_profiles() -> None:
    catalogue = load_catalogue()
    assert catalogue.load_profiles == profile_names() == NAMES
    assert catalogue.load_profile is not None
    assert catalogue.load_profile("smoke") == profile("smoke")


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_of_the_package_can_be_read(name: str) -> None:
    found = profile(name)
    assert found.name == name
    assert found.title
    assert found.arrivals is Arrivals.OPEN
    assert set(found.mix) <= set(WEIGHTS)


def test_a_sustained_load_demands_what_is_promised() -> None:
    found = profile("sustained-1000")
    assert (found.stages, found.warmup_s) == ((Stage(1000.0, 300.0),), 10.0)
    demanded = found.thresholds
    assert (demanded.p50_ms, demanded.p99_ms, demanded.error_percent, demanded.rss_mb) == (100, 1000, 0.1, 500)


def test_a_ramp_doubles_with_each_step() -> None:
    found = profile("ramp-to-break")
    rates = [stage.rate for stage in found.stages]
    assert found.steps
    assert rates == [50 * 2**step for step in range(8)]


def test_a_profile_of_the_operator_is_read_with_its_own_thresholds(tmp_path: Path) -> None:
    text = (
        'title = "Ours"\narrivals = "closed"\nclients = 2\n[[stages]]\nstart = 0\nrate = 10\nduration_s = 5\n'
        '[mix]\n"tools/list" = 1\n[thresholds]\np99_ms = 500\nsilence_s = false\n'
    )
    assert profile(written(tmp_path, text)) == Profile(
        name="ours",
        title="Ours",
        stages=(Stage(10.0, 5.0, 0.0),),
        clients=2,
        arrivals=Arrivals.CLOSED,
        mix={"tools/list": 1.0},
        thresholds=Thresholds(p99_ms=500.0, silence_s=None),
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f'title = "x"\nspeed = 3\n{STAGE}', "speed: unknown"),
        (f'title = "x"\nclients = -1\n{STAGE}', "clients: a whole number from 1"),
        (f'title = "x"\nclients = true\n{STAGE}', "clients: a whole number"),
        (f'title = "x"\nclients = 1.5\n{STAGE}', "clients: a whole number"),
        (f'title = "x"\nwarmup_s = nan\n{STAGE}', "warmup_s: a number"),
        (f'title = "x"\ntimeout_s = 0\n{STAGE}', "timeout_s: a number above 0"),
        (f'title = "x"\nsteps = 1\n{STAGE}', "steps: true or false"),
        (f'title = "x"\narrivals = "now"\n{STAGE}', "arrivals: open or closed"),
        (f'title = ""\n{STAGE}', "title: a text"),
        (STAGE, "title is missing"),
        ('title = "x"', "stages is missing"),
        ('title = "x"\nstages = []', "stages: at least one"),
        ('title = "x"\nstages = [1]', r"stages\[1\]: a table"),
        ('title = "x"\n[stages]\nrate = 1\n', "stages: an array of tables"),
        ('title = "x"\n[[stages]]\nrate = 1\n', r"stages\[1\].duration_s is missing"),
        ('title = "x"\n[[stages]]\nduration_s = 1\nrate = -1\n', r"stages\[1\].rate: a number above 0"),
        ('title = "x"\n[[stages]]\nduration_s = 1\nrate = 1\nramp = 1\n', r"stages\[1\].ramp: unknown"),
        (f'title = "x"\n{STAGE}[mix]\n"tools/explode" = 1\n', "mix.tools/explode: unknown"),
        (f'title = "x"\n{STAGE}[mix]\nping = 0\n', "mix: every part is 0"),
        (f'title = "x"\nmix = 3\n{STAGE}', "mix: a table"),
        (f'title = "x"\n{STAGE}[thresholds]\np99 = 1\n', "thresholds.p99: unknown"),
        (f'title = "x"\n{STAGE}[thresholds]\np99_ms = -1\n', "thresholds.p99_ms: a number from 0"),
        (f'title = "x"\n{STAGE}[thresholds]\nhandles = 1.5\n', "thresholds.handles: a whole number"),
        (f'title = "x"\n{STAGE}[thresholds]\np99_ms = true\n', "thresholds.p99_ms: a number"),
        ("title =", "no TOML"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(text: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=rf"ours\.toml: {key}"):
        profile(written(tmp_path, text))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_bytes(b"title = '\xff'")
    with pytest.raises(ProfileError, match="no TOML"):
        profile(str(path))


def test_a_profile_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="there is no load profile 'smok'; there are big-payloads"):
        profile("smok")
    with pytest.raises(ProfileError, match=r"absent\.toml: No such file"):
        profile(str(tmp_path / "absent.toml"))


def test_a_profile_keeps_its_shape_when_it_is_scaled() -> None:
    found = scaled(profile("spike"), rate=200, duration_s=30, clients=4)
    assert [(stage.start, stage.rate, stage.duration_s) for stage in found.stages] == [
        (None, 10.0, 10.0),
        (10.0, 200.0, 1.0),
        (None, 200.0, 4.0),
        (None, 10.0, 15.0),
    ]
    assert (highest(found), found.clients) == (200.0, 4)
    assert scaled(found) == found


@pytest.mark.parametrize("wanted", [{"rate": 0.0}, {"duration_s": -1.0}, {"clients": 0}, {"rate": float("nan")}])
def test_a_profile_is_not_scaled_to_nothing(wanted: dict[str, float]) -> None:
    with pytest.raises(ProfileError, match="smoke cannot have a"):
        scaled(profile("smoke"), **wanted)  # type: ignore[arg-type]
