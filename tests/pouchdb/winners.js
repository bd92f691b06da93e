// Grows revision trees with PouchDB's own code and says what it makes of them.
//
//     node winners.js TREES
//
// A line of TREES is one tree: [limit, [[start, [digest, ...], deleted], ...]], histories newest first as `_revisions`
// has them. A line of the answer is JSON too: [winner, [leaf, ...], [conflict, ...]].
const fs = require('fs');
const readline = require('readline');
const { merge, winningRev, collectLeaves, collectConflicts } = require('pouchdb-merge');

function path([start, digests, deleted]) {
  const status = deleted ? { status: 'available', deleted: true } : { status: 'available' };
  let ids = [digests[0], status, []];
  for (const digest of digests.slice(1)) {
    ids = [digest, { status: 'missing' }, [ids]];
  }
  return { pos: start - digests.length + 1, ids };
}

const answers = [];
const lines = readline.createInterface({ input: fs.createReadStream(process.argv[2]) });
lines.on('line', (line) => {
  const [limit, histories] = JSON.parse(line);
  let tree = [];
  for (const history of histories) {
    tree = merge(tree, path(history), limit).tree;
  }
  const document = { rev_tree: tree };
  const leaves = collectLeaves(tree).map((leaf) => leaf.rev);
  answers.push(JSON.stringify([winningRev(document), leaves, collectConflicts(document)]));
});
lines.on('close', () => fs.writeSync(1, answers.join('\n') + '\n'));
