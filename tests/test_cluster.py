"""Matches -> clusters: every member has a match of its own with the reference copy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from making import article, prose

from dedup import scan
from dedup.cluster import Edge, Group, components, groups, one_per_outlet

Shares = dict[Edge, int]  # tokens that two articles share, by positions in ascending order


def shared(shares: Shares, a: int, b: int) -> int:
    return shares.get((min(a, b), max(a, b)), 0)


def first(positions: Sequence[int]) -> int:
    return min(positions)


def grouped(reprints: Shares, partials: Shares | None = None, order: int = 0) -> list[Group]:
    """Clusters in which the lowest position is always chosen as reference copy; edges in an order drawn by lot."""
    some = partials or {}
    return groups(
        Random(order).sample(list(reprints), len(reprints)),
        Random(order).sample(list(some), len(some)),
        first,
        lambda r, a: shared(reprints, r, a),
        lambda r, a: shared(reprints, r, a) or shared(some, r, a),
    )


def as_sets(found: Iterable[Group]) -> list[tuple[int, set[int]]]:
    return sorted((group.reference, set(group.members)) for group in found)


def test_reprints_of_one_reference_are_one_cluster() -> None:
    assert as_sets(grouped({(0, 1): 90, (0, 2): 80, (1, 2): 80})) == [(0, {1, 2})]


def test_clusters_do_not_chain() -> None:
    """0-1-2-3: only 1 matches the reference copy 0; the others are clusters of their own."""
    assert as_sets(grouped({(0, 1): 90, (1, 2): 90, (2, 3): 90})) == [(0, {1}), (2, {1, 3})]
    assert as_sets(grouped({(0, 1): 90, (1, 2): 90})) == [(0, {1}), (1, {2})]


def test_partial_reuse_joins_every_cluster_whose_reference_it_matches() -> None:
    reprints = {(0, 1): 90, (2, 3): 90}
    assert as_sets(grouped(reprints, {(0, 4): 20, (2, 4): 30})) == [(0, {1, 4}), (2, {3, 4})]


def test_what_matches_a_member_alone_is_with_it_in_a_cluster_of_their_own() -> None:
    assert as_sets(grouped({(0, 1): 90}, {(1, 2): 30})) == [(0, {1}), (1, {2})]


def test_partial_reuse_found_through_a_member_joins_by_what_it_shares_with_the_reference() -> None:
    """The pair with the reference was no candidate; it is compared all the same."""
    found = groups([(0, 1)], [(1, 2)], first, lambda r, a: 90, lambda r, a: 25)
    assert as_sets(found) == [(0, {1, 2})]


def test_a_match_between_two_clusters_joins_their_members_and_not_the_clusters() -> None:
    found = as_sets(grouped({(0, 1): 90, (2, 3): 90}, {(0, 2): 30, (1, 3): 30}))
    assert found == [(0, {1, 2}), (1, {3}), (2, {0, 3})]


def test_pairs_are_announced_before_they_are_asked() -> None:
    announced: list[tuple[int, int]] = []

    def reuse(reference: int, at: int) -> int:
        assert (reference, at) in announced
        return 25

    groups([(0, 1)], [(1, 2), (1, 3)], first, lambda r, a: 90, reuse, announced.extend)
    assert announced == [(0, 2), (0, 3)]


def test_partial_reuse_among_the_rest_makes_clusters_of_its_own() -> None:
    assert as_sets(grouped({(0, 1): 90}, {(2, 3): 30, (3, 4): 30})) == [(0, {1}), (2, {3}), (3, {4})]


def test_no_matches_make_no_cluster() -> None:
    assert grouped({}) == []
    assert groups([(0, 1)], [(1, 2)], first, lambda r, a: 0, lambda r, a: 0) == []


SHARES = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda edge: edge[0] < edge[1]),
    st.integers(1, 100),
    max_size=18,
)


@settings(max_examples=300, deadline=None)
@given(SHARES, SHARES, st.integers(1, 1000))
def test_every_member_matches_its_reference_and_the_order_of_the_edges_does_not_matter(
    reprints: Shares, partials: Shares, order: int
) -> None:
    partials = {edge: share for edge, share in partials.items() if edge not in reprints}
    found = grouped(reprints, partials)
    assert as_sets(grouped(reprints, partials, order)) == as_sets(found)
    for group in found:
        assert group.members
        assert group.revisions == []
        for member in group.members:
            assert shared(reprints, group.reference, member) or shared(partials, group.reference, member)
    for edge in (*reprints, *partials):
        assert any(set(edge) <= set(group) for group in found)


def test_components_are_sorted_and_hold_each_node_once() -> None:
    neighbours = {0: {5}, 5: {0, 3}, 3: {5}, 1: set(), 2: {4}, 4: {2}}
    assert components([5, 4, 3, 2, 1, 0], neighbours) == [[0, 3, 5], [1], [2, 4]]
    assert components([0, 3, 1], neighbours) == [[0], [1], [3]]


# --- one member an outlet


def test_of_an_outlets_versions_the_one_that_shares_most_is_the_member() -> None:
    shares = {1: 50, 2: 70, 3: 60}
    found = one_per_outlet(Group(0, [1, 2, 3]), ["wire", "a", "a", "b"], lambda _, at: shares[at])
    assert (found.reference, found.members, found.revisions) == (0, [2, 3], [1])


def test_of_equal_versions_the_first_is_the_member() -> None:
    found = one_per_outlet(Group(0, [3, 2, 1]), ["wire", "a", "a", "a"], lambda _, at: 50)
    assert (found.members, found.revisions) == ([1], [2, 3])


def test_another_version_by_the_references_outlet_is_a_revision() -> None:
    found = one_per_outlet(Group(0, [1, 2], [7]), ["a", "a", "b"], lambda _, at: 50)
    assert (found.members, found.revisions) == ([2], [7, 1])


def test_articles_of_unknown_outlet_count_each_for_themselves() -> None:
    found = one_per_outlet(Group(0, [1, 2]), ["", "", ""], lambda _, at: 50)
    assert (found.members, found.revisions) == ([1, 2], [])


# --- links that join nothing


def test_a_shared_quotation_joins_no_cluster_and_is_listed_apart() -> None:
    quotation = f"“{prose(1, words=20)[:-1]},” said the minister."
    copy = f"{prose(2, 3)}\n{quotation}\n{prose(3, 3)}"
    found = scan(
        [
            article(copy, "one", "alpha"),
            article(copy, "two", "beta"),
            article(f"{prose(4, 4)}\n{quotation}\n{prose(5, 4)}", "three", "gamma"),
            article(f"{prose(6, 4)}\n{quotation}\n{prose(7, 4)}", "four", "delta"),
        ]
    )
    (cluster,) = found.clusters
    assert [member.article.article.id for member in cluster.members] == ["one", "two"]
    assert {quoting.article.article.id for quoting in cluster.quote_only} == {"three", "four"}
    assert {quoting.verdict for quoting in cluster.quote_only} == {"quote_only"}


def test_a_shared_quotation_alone_makes_no_cluster() -> None:
    quotation = f"“{prose(1, words=20)[:-1]},” said the minister."
    texts = [f"{prose(2 * at, 4)}\n{quotation}\n{prose(2 * at + 1, 4)}" for at in (1, 2, 3)]
    found = scan([article(text, str(at), f"outlet {at}") for at, text in enumerate(texts)])
    assert found.clusters == ()
    assert len(found.others) == 3
