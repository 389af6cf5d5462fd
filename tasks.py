"""The Invoke collection: wiring, no logic."""

from invoke import Collection

from leaseproof.commands import authoring, bench, ci, db, evidence, guardrails, proofs, relay, specs, strength

namespace = Collection()
for topic in (ci, guardrails, bench):
    for each in Collection.from_module(topic).tasks.values():
        namespace.add_task(each)
namespace.add_collection(Collection.from_module(db))
namespace.add_collection(Collection.from_module(relay))
namespace.add_collection(Collection.from_module(evidence))
proofs_tasks = Collection.from_module(proofs)
for topic in (authoring, specs, strength):
    for each in Collection.from_module(topic).tasks.values():
        proofs_tasks.add_task(each)
namespace.add_collection(proofs_tasks)
