"""Identity: whose credentials a scan uses, which regions exist, and how to renew what has expired."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import msgspec
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from plumbline.domain.errors import PlumblineError
from plumbline.domain.partitions import partition_of

_ROLE = re.compile(r"^arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role/(?P<name>[\w+=,.@/-]+)$", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_ADDRESS = re.compile(r"https?://[\w\[]", re.ASCII)
_EXPIRED = re.compile(r"expired", re.IGNORECASE)
_MISSING = re.compile(r"unable to locate credentials|no credentials|partial credentials", re.IGNORECASE)
_UNREACHABLE = re.compile(r"EndpointConnectionError|Connect\w*Error|\w*TimeoutError|ProxyConnectionError|SSLError")
_SSO_KEYS = ("sso_session", "sso_start_url")


class IdentityError(PlumblineError):
    """A profile, region or role that cannot be used; the text says why and what would do."""


class Role(msgspec.Struct, frozen=True):
    """A role named by its ARN."""

    partition: str
    account: str
    name: str


class Identity:
    """The AWS settings of a person's machine for one profile."""

    def __init__(self, profile: str = "", environment: Mapping[str, str] = os.environ) -> None:
        """Read the shared configuration.

        Raises:
            IdentityError: there is no such profile.

        """
        self._environment = environment
        self._named = profile
        self.profile = profile or environment.get("AWS_PROFILE", "") or environment.get("AWS_DEFAULT_PROFILE", "")
        self._session = Session(profile=profile or None)
        known = self._session.available_profiles
        if self.profile and self.profile not in known:
            hint = _nearest(self.profile, known) or "`aws configure list-profiles` lists them"
            raise IdentityError(f"there is no profile {self.profile!r} in the AWS configuration; {hint}")

    def regions(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return the regions to read: those asked for, or the profile's own.

        Raises:
            IdentityError: a region does not exist, or none is known.

        """
        chosen = tuple(dict.fromkeys(wanted)) or self._own_region()
        known = self._known_regions()
        for region in chosen:
            if region not in known:
                hint = _nearest(region, known) or "region names look like eu-west-1"
                raise IdentityError(f"there is no region {region!r} with Amazon EKS; {hint}")
        if len({partition_of(region) for region in chosen}) > 1:
            raise IdentityError(f"the regions {', '.join(chosen)} belong to separate partitions: scan them one by one")
        return chosen

    def renewal(self, reason: str) -> str:
        """Return what to tell somebody whose credentials do not work: whose they are, and how to get good ones."""
        whose = f"of profile {self.profile!r}" if self._uses_profile() else "in the environment"
        if _MISSING.search(reason) and not self._uses_profile():
            return "There are no AWS credentials. Name a profile with --profile, or sign in first (aws configure sso)."
        if _UNREACHABLE.search(reason):
            return f"AWS cannot be reached: {reason}"
        state = "have expired" if _EXPIRED.search(reason) else "do not work"
        return f"The credentials {whose} {state}: {reason.rstrip('.')}.\n{self._advice()}"

    def _advice(self) -> str:
        if not self._uses_profile():
            return "Renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or name a --profile."
        return _advice_for(self.profile, self._profiles())

    def _profiles(self) -> Mapping[str, Mapping[str, str]]:
        found: Mapping[str, Mapping[str, str]] = self._session.full_config.get("profiles", {})
        return found

    def _uses_profile(self) -> bool:
        # As botocore decides: a profile named on the command line wins over keys in the environment.
        if self._named:
            return True
        if self._environment.get("AWS_ACCESS_KEY_ID"):
            return False
        self.profile = self.profile or ("default" if "default" in self._session.available_profiles else "")
        return bool(self.profile)

    def _own_region(self) -> tuple[str, ...]:
        # botocore knows AWS_DEFAULT_REGION alone; the AWS CLI and the other SDKs ask AWS_REGION first.
        region = self._environment.get("AWS_REGION") or self._session.get_config_variable("region")
        if not region:
            whose = f"profile {self.profile!r}" if self.profile else "the AWS configuration"
            raise IdentityError(f"{whose} names no region; name one with --region, such as --region eu-west-1")
        return (str(region),)

    def _known_regions(self) -> frozenset[str]:
        try:
            partitions = self._session.get_available_partitions()
            return frozenset(
                region
                for partition in partitions
                for region in self._session.get_available_regions("eks", partition_name=partition)
            )
        except BotoCoreError as error:
            raise IdentityError(f"the list of regions cannot be read: {error}") from error


def _advice_for(profile: str, profiles: Mapping[str, Mapping[str, str]]) -> str:
    """Return how to renew a profile, following `source_profile` to where its credentials come from."""
    seen: set[str] = set()
    while True:
        settings = profiles.get(profile, {})
        source = settings.get("source_profile", "")
        if not source or source in seen or source == profile:
            break
        seen.add(profile)
        profile = source
    if any(key in settings for key in _SSO_KEYS):
        return f"Renew them: aws sso login --profile {profile}"
    if "login_session" in settings:
        return f"Renew them: aws login --profile {profile}"
    if "credential_process" in settings:
        return f"Renew them with the program that profile {profile!r} names as credential_process."
    return f"Renew them: aws sso login --profile {profile} (or write new keys with aws configure --profile {profile})"


def check_access(role_arn: str, external_id: str, endpoint_url: str) -> None:
    """Check the form of what says how to reach AWS, before anything is asked.

    Raises:
        IdentityError: one of them cannot be right.

    """
    if role_arn:
        role_of(role_arn)
    if external_id and not role_arn:
        raise IdentityError("--external-id belongs to --role-arn")
    if external_id and not _EXTERNAL_ID.fullmatch(external_id):
        raise IdentityError("--external-id has 2 to 1224 characters: letters, digits and +=,.@:/-_")
    if endpoint_url and not _ADDRESS.match(endpoint_url):
        raise IdentityError(f"--endpoint-url {endpoint_url!r} is no address, such as http://127.0.0.1:4566")


def role_of(arn: str) -> Role:
    """Return the role that an ARN names.

    Raises:
        IdentityError: it is not the ARN of an IAM role.

    """
    found = _ROLE.fullmatch(arn)
    if not found:
        raise IdentityError(f"{arn!r} is not the ARN of an IAM role, such as arn:aws:iam::111122223333:role/reader")
    return Role(found["partition"], found["account"], found["name"])


def _nearest(name: str, known: Sequence[str] | frozenset[str]) -> str:
    alike = get_close_matches(name, sorted(known), n=1)
    return f"did you mean {alike[0]}?" if alike else ""
