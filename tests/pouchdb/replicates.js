// Replicates a thousand orders there and back, with conflicts made on both sides, deletes, and fields that nobody knows,
// and says what came of it. `documents` is a file of bodies, one a line.
const fs = require('fs');
const { told, remote, local, picture, say, refused, fail } = require('./remote');

async function main() {
  const bodies = fs.readFileSync(told.documents, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const [a, b, server] = [local(), local(), remote(told.database)];
  const both = async () => {
    for (const each of [a, b, a]) {
      await each.replicate.to(server);
      await each.replicate.from(server);
    }
  };

  // 1. There, and back into an empty one.
  await a.bulkDocs(bodies);
  const pushed = await a.replicate.to(server, { batch_size: 100 });
  const again = await a.replicate.to(server);
  const pulled = await b.replicate.from(server);
  const isSame = (await picture(a)) === (await picture(b));

  // 2. Both edit the same document; and both, twice, another.
  const [first, second, third, fourth, fifth] = bodies.map((body) => body._id);
  const edit = async (db, id, change) => {
    const doc = await db.get(id);
    return (await db.put({ ...doc, ...change })).rev;
  };
  await edit(a, first, { kitchen_notes: 'from a' });
  await edit(b, first, { kitchen_notes: 'from b', unknown_to_all: { deep: [1, { er: null }] } });
  for (let nth = 0; nth < 2; nth += 1) {
    await edit(a, second, { edits_of_a: nth });
    await edit(b, second, { edits_of_b: nth });
  }
  // 3. One deletes what the other edits; one deletes what the other leaves alone.
  await a.remove(await a.get(third));
  await edit(b, third, { kitchen_notes: 'still wanted' });
  await a.remove(await a.get(fourth));
  await both();
  const isSettledAlike = (await picture(a)) === (await picture(b));
  const isUnknownKept = (await picture(a)).includes('"unknown_to_all":{"deep":[1,{"er":null}]}');
  const winners = [];
  for (const id of [first, second, third]) {
    const mine = await a.get(id, { conflicts: true });
    const its = await server.get(id, { conflicts: true });
    winners.push({
      same: mine._rev === its._rev,
      conflicts: (mine._conflicts || []).length,
      same_conflicts: JSON.stringify((mine._conflicts || []).sort()) === JSON.stringify((its._conflicts || []).sort()),
    });
  }
  const deleted = [await refused(b.get(fourth)), await refused(server.get(fourth))];

  // 4. A tombstone that says why, and one of two versions that quarrel is ended.
  const last = await a.get(fifth);
  await a.put({ ...last, _deleted: true, why: 'ordered twice' });
  const quarrel = await a.get(first, { conflicts: true });
  await a.remove(first, quarrel._conflicts[0]);
  await both();
  const ended = await server.get(first, { conflicts: true });
  const tombstone = (await server.get(fifth, { open_revs: 'all' }))[0].ok;

  say({
    pushed: pushed.docs_written,
    push_failures: pushed.doc_write_failures,
    pushed_again: again.docs_written,
    pulled: pulled.docs_written,
    is_same: isSame,
    is_settled_alike: isSettledAlike,
    winners,
    deleted,
    conflicts_left: (ended._conflicts || []).length,
    tombstone: { deleted: tombstone._deleted, why: tombstone.why, type: tombstone.type },
    is_unknown_kept: isUnknownKept,
    documents: (await b.info()).doc_count,
  });
}

main().catch(fail);
