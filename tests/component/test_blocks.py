"""A block holds for every answer that begins after it was acknowledged, wherever one reads."""

from chalicelib.platform.context import Context
from tests.component.block_race import Parting, ask, judge
from tests.component.conftest import NewClient
from tests.component.races import racing, scaled, unlimited

PAGES = scaled(200, 5000)


def test_a_block_holds_for_every_answer_after_it(context: Context, new_user: NewClient) -> None:
    unlimited(context)
    parting = Parting(context, new_user)
    after = rounds = 0
    with racing(context, 2, ask, judge) as racers:
        while after < PAGES:
            reader, blocker = ("ada", "ada") if rounds % 2 else ("bert", "ada")
            told = parting.meet(reader)
            cookies = dict(parting.people[reader].cookies)
            seen = racers.run(cookies, told, lambda r=reader, b=blocker: parting.part(r, b))
            assert not seen.violations, seen.violations
            after += seen.after
            rounds += 1
