"""The age of layers, and base images that become other ones."""

from __future__ import annotations

from datetime import timedelta

from pytest_cicache.simulation import Simulation


def test_layers_are_as_old_as_their_first_push(simulation: Simulation) -> None:
    cold = simulation.run("ci.yml", "main_merge")
    simulation.travel(days=40)
    warm = simulation.run("ci.yml", "fork_pr")
    simulation.travel(days=2)
    partly = simulation.run("ci.yml", "main_merge", changes={"b.txt": "changed\n"})

    assert cold.cache.oldest_layer == timedelta(0)
    assert warm.cache.oldest_layer == timedelta(days=40)
    assert not warm.cache.oldest_layer < timedelta(days=31)
    assert sorted(partly.cache.ages.values()) == [timedelta(0), timedelta(days=42)]
    assert (cold.cache.hit_rate, warm.cache.hit_rate, partly.cache.hit_rate) == (0, 1, 0.5)


def test_a_cache_that_is_exported_again_keeps_the_age_of_its_layers(simulation: Simulation) -> None:
    simulation.run("ci.yml", "main_merge")
    for _ in range(3):
        simulation.travel(days=10)
        run = simulation.run("ci.yml", "main_merge")

    assert run.cache.oldest_layer == timedelta(days=30)


def test_an_updated_base_image_leaves_every_step_on_it_to_be_run(simulation: Simulation) -> None:
    simulation.write("Dockerfile", "FROM debian:12\nCOPY a.txt /a.txt\nRUN cat /a.txt\n")
    simulation.run("ci.yml", "main_merge")
    base = simulation.base_image("debian:12")
    assert base.digest is None
    before = simulation.run("ci.yml", "fork_pr")

    first = base.update()
    after = simulation.run("ci.yml", "fork_pr")
    second = base.update()
    given = base.update("sha256:" + "d" * 64)

    assert before.cache.misses == []
    # A copied file has the same key on every base; its result stands on another one all the same.
    assert [vertex.cached for vertex in after.builds[0].vertices] == [False, False]
    assert len({first, second, given}) == 3
    assert base.digest == given


def test_other_base_images_stay_as_they_are(simulation: Simulation) -> None:
    simulation.write("Dockerfile", "FROM debian:12\nRUN true\n")
    simulation.run("ci.yml", "main_merge")

    simulation.base_image("debian:13").update()
    simulation.base_image("ghcr.io/octo/debian:12").update()

    assert simulation.run("ci.yml", "fork_pr").cache.misses == []
