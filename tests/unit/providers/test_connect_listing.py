"""Every connector of the workers, whoever made it."""

from __future__ import annotations

from contextlib import closing

from contracts.connect_things import CLUSTER, PASSWORD, connector, fake_connect
from contracts.fakes.connect_worker import FILE_SINK, FakeConnector, FakeConnectWorker
from headgate.ports import Action, Change, LiveConnector


def test_every_connector_is_listed_without_its_secrets() -> None:
    worker = FakeConnectWorker()
    worker.connectors["theirs"] = FakeConnector(
        {"connector.class": FILE_SINK, "topics": "t", "connection.password": PASSWORD, "name": "theirs"}
    )
    with closing(worker.server), closing(fake_connect(worker)) as provider:
        ours = connector("ours")
        provider.carry_out([Change(Action.CREATE, ours.id, ours)])
        listing = provider.list_all()
    assert listing.connectors == (
        LiveConnector(
            cluster=CLUSTER, connect="main", name="ours", type="sink", config=ours.fields["config"]
        ),
        LiveConnector(
            cluster=CLUSTER,
            connect="main",
            name="theirs",
            type="sink",
            config={"connector.class": FILE_SINK, "topics": "t", "connection.password": "(hidden)"},
        ),
    )
    assert listing.unseen == ()
