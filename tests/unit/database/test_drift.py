"""Comparing two catalogs: what counts as a difference, and how it reads."""

from leaseproof.database.catalog import Item
from leaseproof.database.drift import compare

TABLE = Item(kind="table", name="payments", belongs_to="payments", definition="table owned by the owner")
COLUMN = Item(kind="column", name="payments.id", belongs_to="payments", definition="uuid NOT NULL")
FUNCTION = Item(
    kind="function",
    name="public.pay(integer)",
    belongs_to="pay",
    definition="-- owned by x\nBEGIN\n  one\nEND",
)
ROLE = Item(kind="role", name="outbox_executor", belongs_to="outbox_executor", definition="INHERIT LOGIN")
MODEL = (TABLE, COLUMN, FUNCTION, ROLE)


def changed(item: Item, definition: str) -> Item:
    """Return the item with another definition."""
    return Item(kind=item.kind, name=item.name, belongs_to=item.belongs_to, definition=definition)


def lines(deployed: tuple[Item, ...]) -> list[str]:
    """Return the differences as a person reads them."""
    return [difference.line() for difference in compare(MODEL, deployed)]


def test_equal_catalogs_have_no_difference() -> None:
    """The order of what was read does not matter."""
    assert lines(MODEL[::-1]) == []


def test_missing_thing_is_a_difference() -> None:
    """Something of the model that the database lacks."""
    assert lines((TABLE, FUNCTION, ROLE)) == ["missing   column payments.id"]


def test_changed_definition_shows_where_it_parts() -> None:
    """One line, with the first difference of the two texts in it."""
    other = changed(FUNCTION, "-- owned by x\nBEGIN\n  two\nEND")
    assert lines((TABLE, COLUMN, other, ROLE)) == [
        "different function public.pay(integer): expected line 3 'one'; got line 3 'two'"
    ]


def test_long_definition_is_cut_around_the_difference() -> None:
    """The part that differs is visible however long the line is."""
    long = "x" * 200
    model = (changed(TABLE, long + " ENABLED ALWAYS"),)
    (difference,) = compare(model, (changed(TABLE, long + " DISABLED"),))
    assert "ENABLED ALWAYS'" in difference.line()
    assert "DISABLED'" in difference.line()
    assert len(difference.line()) < 200


def test_longer_definition_is_a_difference() -> None:
    """A text that only goes on is not the same."""
    other = changed(FUNCTION, FUNCTION.definition + "\nmore")
    assert lines((TABLE, COLUMN, other, ROLE)) == [
        "different function public.pay(integer): expected line 5 ''; got line 5 'more'"
    ]


def test_addition_to_the_models_objects_is_a_difference() -> None:
    """Another trigger, grant or overload on what is ours is not the owner's own business."""
    trigger = Item(kind="trigger", name="payments.other", belongs_to="payments", definition="CREATE TRIGGER")
    overload = Item(kind="function", name="public.pay(text)", belongs_to="pay", definition="x")
    assert lines((*MODEL, trigger, overload)) == [
        "unknown   trigger payments.other",
        "unknown   function public.pay(text)",
    ]


def test_other_objects_are_no_difference() -> None:
    """The database's own tables stand beside the model."""
    theirs = Item(kind="table", name="ledger", belongs_to="ledger", definition="table owned by the owner")
    assert lines((*MODEL, theirs)) == []


def test_member_of_a_working_role_is_no_difference() -> None:
    """Somebody has to work as the executor."""
    member = Item(
        kind="membership", name="app in outbox_executor", belongs_to="outbox_executor", definition="member"
    )
    assert lines((*MODEL, member)) == []


def test_member_of_the_definer_is_a_difference() -> None:
    """Nobody may become the role that owns the functions."""
    control = Item(kind="role", name="outbox_control", belongs_to="outbox_control", definition="NOLOGIN")
    member = Item(
        kind="membership", name="app in outbox_control", belongs_to="outbox_control", definition="member"
    )
    assert [one.line() for one in compare((control,), (control, member))] == [
        "unknown   membership app in outbox_control"
    ]
