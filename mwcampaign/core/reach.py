"""Whom a post reaches: who is meant, and has an account where it goes. For core.references; pure.

Made for very many institutions: those of one country with accounts on the same networks are asked about once.
"""

from __future__ import annotations

from mwcampaign.core.campaign import Institution
from mwcampaign.core.post import Campaign, Post


def networks_of(institution: Institution, campaign: Campaign) -> frozenset[str]:
    """Return the networks on which an institution has accounts."""
    return frozenset(account.network for account in campaign.all_accounts.of(institution))


def reaches(post: Post, country: str, networks: frozenset[str]) -> bool:
    """Return whether a post reaches those of a country with accounts on these networks, if it is for them at all."""
    there = post.countries is None or country in post.countries
    return there and (bool(networks) if post.networks is None else not networks.isdisjoint(post.networks))


class Missed:
    """Posts that nobody was found for yet, however many posts and institutions there are."""

    def __init__(self, posts: dict[int, Post]) -> None:
        self.posts = posts
        self._named: dict[str, list[int]] = {}
        self._crowds: set[tuple[str, frozenset[str]]] = set()
        for index, post in posts.items():
            for name in set(post.institutions or ()):
                self._named.setdefault(name, []).append(index)

    def reach(self, institution: Institution, networks: frozenset[str]) -> None:
        """Take out the posts that reach an institution with accounts on these networks."""
        country = institution.country
        candidates = self._named.pop(institution.id, [])
        if (country, networks) not in self._crowds:
            # Posts that name nobody reach all institutions of one country and the same networks, or none of them.
            self._crowds.add((country, networks))
            candidates = [*candidates, *(index for index, post in self.posts.items() if post.institutions is None)]
        for index in candidates:
            post = self.posts.get(index)
            if post is not None and reaches(post, country, networks):
                del self.posts[index]
