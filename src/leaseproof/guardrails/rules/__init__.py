"""The rules, one a module, in the order of their codes."""

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.rules import (
    config_keys,
    delete_on_claim,
    direct_dml,
    dispatching,
    driver,
    lone_proof,
    old_words,
    set_role,
    sleep,
    sql_functions,
    workflow,
)

RULES: tuple[Rule, ...] = (
    driver.RULE,
    set_role.RULE,
    delete_on_claim.RULE,
    dispatching.RULE,
    direct_dml.RULE,
    lone_proof.RULE,
    old_words.RULE,
    sql_functions.RULE,
    config_keys.RULE,
    sleep.RULE,
    workflow.RULE,
)
