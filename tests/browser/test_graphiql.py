"""GraphiQL in a real browser: it works without a network, and the whole job works without typing."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import GraphiQL
from tests.e2e.conftest import Server
from tests.integration.operations.examples import examples

pytestmark = pytest.mark.timeout(180)


async def test_it_opens_with_the_examples_and_a_token(graphiql: GraphiQL):
    assert await graphiql.tabs() == [example.name for example in examples()]
    assert "query Start {" in await graphiql.editor("Operation Editor")
    await graphiql.page.get_by_role("button", name="Headers").click()
    await expect(graphiql.page.get_by_label("Headers", exact=True)).to_contain_text("Bearer ey")


async def test_a_query_runs(graphiql: GraphiQL):
    result = await graphiql.answer("Start")
    assert result["data"]["viewer"]["name"] == "developer"
    await expect(graphiql.response).to_contain_text("developer@example.com")
    await expect(graphiql.about).to_have_count(0)


async def test_a_mutation_runs_and_its_ids_go_into_the_next(graphiql: GraphiQL):
    made = (await graphiql.answer("NewChoice"))["data"]["generateChallenge"]["challenge"]
    answered = (await graphiql.answer("AnswerChoice"))["data"]["evaluateAnswer"]
    assert answered["userErrors"] == []
    assert answered["evaluation"]["answer"]["optionId"] == made["options"][0]["id"]
    await expect(graphiql.about).to_contain_text(f"input.challengeId{made['id']} from NewChoice")


async def test_without_an_earlier_result_it_says_what_to_run(graphiql: GraphiQL):
    await graphiql.choose("Evaluation")
    await graphiql.play()
    await expect(graphiql.response).to_contain_text("run the operation AnswerScenario first")


async def _stored(graphiql: GraphiQL, condition: str) -> None:
    """Wait until GraphiQL has stored its tabs so; it does half a second after a change."""
    await graphiql.page.wait_for_function(
        f"""() => {{ const state = JSON.parse(localStorage.getItem("graphiql:tabState") ?? "null");
                    return state !== null && ({condition}); }}"""
    )


async def test_reloading_keeps_the_tab_the_token_and_the_ids(graphiql: GraphiQL):
    made = (await graphiql.answer("NewChoice"))["data"]["generateChallenge"]["challenge"]
    await graphiql.choose("AnswerChoice")
    await _stored(graphiql, "state.tabs[state.activeTabIndex].title === 'AnswerChoice'")
    await graphiql.reload()
    assert await graphiql.tabs() == [example.name for example in examples()]
    await expect(graphiql.page.locator(".graphiql-tab-active .graphiql-tab-button")).to_have_text("AnswerChoice")
    answered = (await graphiql.answer("AnswerChoice"))["data"]["evaluateAnswer"]
    assert answered["evaluation"]["status"] == "COMPLETED"
    await expect(graphiql.about).to_contain_text(made["id"])


async def test_the_examples_can_be_put_back(graphiql: GraphiQL):
    await graphiql.choose("Quota")
    await graphiql.page.locator(".graphiql-tab-active").get_by_role("button", name="Close Tab").click()
    await _stored(graphiql, "!state.tabs.some((tab) => tab.title === 'Quota')")
    await graphiql.page.get_by_role("button", name="Put the example tabs back").click()
    await expect(graphiql.page.locator(".graphiql-tab-button")).to_have_text([example.name for example in examples()])
    await expect(graphiql.page.locator(".graphiql-tab-active .graphiql-tab-button")).to_have_text("Start")


@pytest.fixture
def slow_server(serve: Any) -> Server:
    """A new one, in which each stored step takes long enough to be seen."""
    started: Server = serve(INTRVU_EMBEDDED_STEP_DELAY_MS="500")
    return started


class TestAsANewUser:
    @pytest.fixture
    def server(self, slow_server: Server) -> Server:
        return slow_server

    async def test_pressing_play_on_each_tab_in_turn_does_the_whole_job(self, graphiql: GraphiQL, server: Server):
        results = {}
        for tab in await graphiql.tabs():
            if tab == "Watch":
                await self._watch(graphiql)
            else:
                results[tab] = await graphiql.answer(tab)
                assert "errors" not in results[tab], tab
        evaluation = results["Evaluation"]["data"]["evaluation"]
        assert evaluation["status"] == "COMPLETED"
        assert len(evaluation["dimensionScores"]) == 4
        assert evaluation["overallScore"] > 40
        assert results["History"]["data"]["history"]["totalCount"] == 2
        assert results["Quota"]["data"]["quota"]["used"] == 3
        assert server.rows("SELECT status, count(*) FROM evaluations GROUP BY status") == [("COMPLETED", 2)]

    async def _watch(self, graphiql: GraphiQL) -> None:
        """The stream is live: it is seen listening before it has ended, with the token of the headers."""
        await graphiql.choose("Watch")
        await graphiql.play()
        await expect(graphiql.about).to_contain_text("listening")
        await expect(graphiql.about).to_contain_text("the stream has ended")
        await expect(graphiql.response).to_contain_text("EvaluationCompleted")
        events = [
            frame["payload"]["data"]["evaluationProgress"] for frame in graphiql.frames if frame["type"] == "next"
        ]
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
        assert events[-1]["__typename"] == "EvaluationCompleted"
        assert graphiql.frames[-1]["type"] == "complete"
        (init,) = graphiql.inits
        assert init["Authorization"].startswith("Bearer ey")
        await expect(graphiql.about).to_contain_text(f"{len(events)} messages")

    async def test_stop_ends_a_stream_at_once(self, graphiql: GraphiQL):
        await graphiql.answer("NewScenario")
        await graphiql.answer("AnswerScenario")
        await graphiql.choose("Watch")
        await graphiql.play()
        await expect(graphiql.about).to_contain_text("listening")
        await graphiql.page.get_by_role("button", name="Stop query").click()
        await expect(graphiql.about).to_contain_text("the stream has ended")
        await expect(graphiql.page.get_by_role("button", name="Execute query")).to_be_visible()
        assert all(frame["type"] != "complete" for frame in graphiql.frames)
