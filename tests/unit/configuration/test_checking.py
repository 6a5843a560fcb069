import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.configuration import DEFAULTS, check, check_deployed, compiled, load
from plumbline.domain.errors import ConfigurationError

# An example in a comment: a key in lower case, or a pattern in quotes, with a colon; and the empty value it replaces.
_EXAMPLE = re.compile(r'^(?P<indent> *)# (?P<text> *(- )?(?P<key>[a-z0-9."*-]+):( .*|$))$')
_EMPTY = re.compile(r"^ *(?P<key>[a-z-]+): (\[\]|\{\})$")
EXAMPLE = Path(__file__).parents[3] / "plumbline.yaml"


def told(text: str) -> list[str]:
    return [str(problem) for problem in check(text, "p.yaml")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("scpoe: {}", "1:1: scpoe: there is no such key (did you mean scope?)"),
        ("scope: {regoins: []}", "1:9: scope.regoins: there is no such key (did you mean regions?)"),
        ("scope: [eu-west-1]", '1:8: scope: must be keys and values, not ["eu-west-1"]'),
        ("scope: {accounts: [12345]}", '1:20: scope.accounts[0]: must be an account id of 12 digits, not "12345"'),
        (
            "scope: {accounts: organisation}",
            "1:19: scope.accounts: must be 'organization', not \"organisation\"",
        ),
        (
            "scope: {regions: [Ireland]}",
            '1:19: scope.regions[0]: must be the name of a region, such as eu-west-1, not "Ireland"',
        ),
        ("scope: {clusters: {include: ['']}}", '1:30: scope.clusters.include[0]: must not be empty, not ""'),
        (
            "environments: {by-account: {prod: '111122223333'}}",
            '1:29: environments.by-account.prod: must be an account id of 12 digits, not "prod"',
        ),
        (
            "parameters: {fleet: {version.minor-lagg: {max-lag: 1}}}",
            (
                "1:22: parameters.fleet.version.minor-lagg: there is no control 'version.minor-lagg' "
                "(did you mean version.minor-lag?)"
            ),
        ),
        (
            "parameters: {fleet: {version.minor-lag: {maxlag: 1}}}",
            (
                "1:42: parameters.fleet.version.minor-lag.maxlag: version.minor-lag has no parameter 'maxlag' "
                "(did you mean max-lag?)"
            ),
        ),
        (
            "parameters: {fleet: {addon.health: {days: 1}}}",
            (
                "1:37: parameters.fleet.addon.health.days: addon.health has no parameter 'days' "
                "(this control has no parameters)"
            ),
        ),
        (
            "parameters: {clusters: {a: {version.minor-lag: {max-lag: two}}}}",
            "1:58: parameters.clusters.a.version.minor-lag.max-lag: expected int, got str",
        ),
        (
            "parameters: {environments: {prod: {version.nodegroup-skew: {two-minors-until: 1.27}}}}",
            (
                "1:79: parameters.environments.prod.version.nodegroup-skew.two-minors-until: expected str, got float "
                "(write it in quotes)"
            ),
        ),
        (
            "parameters: {namespaces: {a: {logging.audit-log: {required: [audit, 5]}}}}",
            "1:69: parameters.namespaces.a.logging.audit-log.required[1]: expected str, got int",
        ),
        (
            "parameters: {resources: [{name: a}]}",
            "1:26: parameters.resources[0].parameters: this key is missing",
        ),
        (
            "parameters: {resources: [{parameters: {x.y: {}}}]}",
            "1:40: parameters.resources[0].parameters.x.y: there is no control 'x.y'",
        ),
        (
            "parameters: {environments: {Prod: {}, prod: {}}}",
            "1:39: parameters.environments.prod: this is the same environment as 'Prod' (case does not matter here)",
        ),
        ("schedules: {other-hours: 5}", "1:26: schedules.other-hours: must be 1, 2, 3, 4 or 6, not 5"),
        (
            "schedules: {area-hours: {loging: 1}}",
            "1:26: schedules.area-hours.loging: there is no area 'loging' (did you mean logging?)",
        ),
        ("routes: [{areas: [addon]}]", "1:10: routes[0].to: this key is missing"),
        (
            "routes: [{to: pager}]",
            "1:15: routes[0].to: must be 'critical', 'standard', 'digest' or 'none', not \"pager\"",
        ),
        (
            "routes: [{to: digest, areas: [addons]}]",
            "1:31: routes[0].areas[0]: there is no area 'addons' (did you mean addon?)",
        ),
        (
            "alerts: {base-url: 'javascript:alert(1)'}",
            '1:20: alerts.base-url: must be an address that begins with https://, not "javascript:alert(1)"',
        ),
        ("[]", "1:1: must be keys and values, not []"),
        ("scope: {}\nscope: {}", "2:1: scope: this key stands twice (the first one is on line 1)"),
    ],
)
def test_a_problem_says_file_line_reason_and_what_would_be_right(text: str, problem: str) -> None:
    assert told(text) == [f"p.yaml:{problem}"]


def test_every_problem_is_told_at_once_in_the_order_of_lines() -> None:
    text = """\
routes: [{to: pager}]
parameters:
  fleet:
    version.minor-lagg: {}
    logging.audit-log: {required: audit}
scope: {region: x}
"""
    assert [(problem.line, problem.where) for problem in check(text)] == [
        (1, "routes[0].to"),
        (4, "parameters.fleet.version.minor-lagg"),
        (5, "parameters.fleet.logging.audit-log.required"),
        (6, "scope.region"),
    ]


def test_values_that_contradict_a_control_are_told() -> None:
    text = "parameters: {fleet: {version.upgrade-insights: {ignore-user-agents: ['(']}}}"
    assert len(told(text)) == 1
    assert "'(' is no regular expression" in told(text)[0]


def test_account_ids_may_be_numbers() -> None:
    text = "scope: {accounts: [111122223333, 012345678901]}\nenvironments: {by-account: {012345678901: prod}}"
    settings = load(text)
    assert settings.scope.accounts == ("111122223333", "012345678901")
    assert settings.environments.by_account == {"012345678901": "prod"}


def test_loading_a_wrong_document_lists_every_problem() -> None:
    with pytest.raises(ConfigurationError) as raised:
        load("scpoe: {}\nalert: {}", "p.yaml")
    assert str(raised.value).splitlines() == told("scpoe: {}\nalert: {}")


def test_the_deployed_form_is_checked_by_the_same_rules() -> None:
    assert check_deployed(compiled("scope: {accounts: organization}").decode()) == []
    assert [problem.where for problem in check_deployed('{"scpoe": {}}')] == ["scpoe"]


def test_yaml_is_not_the_deployed_form() -> None:
    problems = check_deployed("scope:\n  accounts: organization\n", "configuration")
    assert [(problem.line, problem.hint) for problem in problems] == [
        (1, "`plumbline config deploy` turns the YAML document into the form that is deployed")
    ]


def test_the_deployed_form_says_what_the_document_says() -> None:
    text = """
scope: {accounts: [111122223333], clusters: {exclude: ["sandbox-*"]}}
environments: {by-account: {111122223333: production}}
parameters:
  resources: [{cluster: edge, kind: nodegroup, parameters: {version.nodegroup-skew: {fail-skew: 3}}}]
routes: [{areas: [logging], severities: [high], transitions: [opened], statuses: [FAIL], to: critical}]
alerts: {base-url: "https://plumbline.example.com"}
"""
    assert load(compiled(text).decode()) == load(text)
    assert compiled(compiled(text).decode()) == compiled(text)


def test_the_example_document_states_the_defaults() -> None:
    assert load(EXAMPLE.read_text(encoding="utf-8")) == DEFAULTS


def test_the_examples_in_the_example_document_are_right() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    examples = {number: found for number, line in enumerate(lines) if (found := _EXAMPLE.match(line))}
    shown = {found["key"] for found in examples.values()}
    kept = [
        examples[number].expand(r"\g<indent>\g<text>") if number in examples else line
        for number, line in enumerate(lines)
        if not ((empty := _EMPTY.match(line)) and empty["key"] in shown)
    ]
    assert len(examples) == 28
    assert told("\n".join(kept)) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["scope", "routes", "parameters", "fleet", "resources", "areas", "logging.audit-log"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_no_document_makes_checking_fail(value: object) -> None:
    text = json.dumps(value)
    problems = check(text)
    assert all(problem.line >= 1 for problem in problems)
    if not problems:
        assert load(text) == load(compiled(text).decode())
