import pytest

from plumbline.domain.ami import Lag, accelerated, comparison, days_behind, release_parameter, releases_behind
from plumbline.domain.errors import EvidenceUnreadable

LINUX = "/aws/service/eks/optimized-ami/1.33/{}/recommended/release_version"
BOTTLEROCKET = "/aws/service/bottlerocket/aws-k8s-1.33{}/latest/image_version"
WINDOWS = "/aws/service/ami-windows-latest/Windows_Server-{}-EKS_Optimized-1.33/release_version"


@pytest.mark.parametrize(
    ("ami_type", "parameter"),
    [
        ("AL2023_x86_64_STANDARD", LINUX.format("amazon-linux-2023/x86_64/standard")),
        ("AL2023_ARM_64_STANDARD", LINUX.format("amazon-linux-2023/arm64/standard")),
        ("AL2023_x86_64_NVIDIA", LINUX.format("amazon-linux-2023/x86_64/nvidia")),
        ("AL2023_ARM_64_NVIDIA", LINUX.format("amazon-linux-2023/arm64/nvidia")),
        ("AL2023_x86_64_NEURON", LINUX.format("amazon-linux-2023/x86_64/neuron")),
        ("AL2_x86_64", LINUX.format("amazon-linux-2")),
        ("AL2_x86_64_GPU", LINUX.format("amazon-linux-2-gpu")),
        ("AL2_ARM_64", LINUX.format("amazon-linux-2-arm64")),
        ("BOTTLEROCKET_x86_64", BOTTLEROCKET.format("/x86_64")),
        ("BOTTLEROCKET_ARM_64", BOTTLEROCKET.format("/arm64")),
        ("BOTTLEROCKET_x86_64_NVIDIA", BOTTLEROCKET.format("-nvidia/x86_64")),
        ("BOTTLEROCKET_ARM_64_FIPS", BOTTLEROCKET.format("-fips/arm64")),
        ("BOTTLEROCKET_ARM_64_NVIDIA_FIPS", BOTTLEROCKET.format("-nvidia-fips/arm64")),
        ("WINDOWS_CORE_2019_x86_64", WINDOWS.format("2019-English-Core")),
        ("WINDOWS_FULL_2025_x86_64", WINDOWS.format("2025-English-Full")),
        ("CUSTOM", None),
        ("AL2030_x86_64_STANDARD", None),
        ("", None),
    ],
)
def test_the_parameter_of_each_image_type(ami_type: str, parameter: str | None) -> None:
    assert release_parameter(ami_type, "1.33") == parameter


def test_every_image_type_of_eks_but_custom_has_a_parameter() -> None:
    import botocore.session

    model = botocore.session.get_session().get_service_model("eks")
    types = set(model.shape_for("AMITypes").enum)  # type: ignore[attr-defined]
    assert {ami_type for ami_type in types if release_parameter(ami_type, "1.33") is None} == {"CUSTOM"}


@pytest.mark.parametrize(
    ("installed", "recommended", "days"),
    [
        ("1.33.4-20260101", "1.33.5-20260131", 30),
        ("1.33.5-20260131", "1.33.5-20260131", 0),
        ("1.33.5-20260201", "1.33.5-20260131", -1),
        ("1.33-2025.12.31", "1.33-2026.01.01", 1),
    ],
)
def test_days_between_releases(installed: str, recommended: str, days: int) -> None:
    assert days_behind(installed, recommended) == days


@pytest.mark.parametrize("release", ["", "1.33.5", "1.33.5-2026", "1.33.5-20261301", "ami-20260101x"])
def test_a_release_without_a_date_is_unreadable(release: str) -> None:
    with pytest.raises(EvidenceUnreadable):
        days_behind(release, "1.33.5-20260131")


def test_versions_are_compared_without_the_build() -> None:
    assert releases_behind("1.50.1-aaaaaaaa", "1.52.0-00000000") == (0, 2, -1)
    assert releases_behind("v1.9.0", "1.10.0") == (0, 1, 0)


def test_bottlerocket_has_versions_and_the_others_dates() -> None:
    assert comparison("BOTTLEROCKET_x86_64") is Lag.BY_VERSION
    assert comparison("WINDOWS_CORE_2022_x86_64") is comparison("AL2_x86_64") is Lag.BY_DATE


@pytest.mark.parametrize("ami_type", ["AL2_x86_64_GPU", "AL2023_x86_64_NEURON", "BOTTLEROCKET_ARM_64_NVIDIA_FIPS"])
def test_images_for_accelerators(ami_type: str) -> None:
    assert accelerated(ami_type)


@pytest.mark.parametrize("ami_type", ["CUSTOM", "AL2023_x86_64_STANDARD", "BOTTLEROCKET_x86_64_FIPS", ""])
def test_images_for_anything(ami_type: str) -> None:
    assert not accelerated(ami_type)
