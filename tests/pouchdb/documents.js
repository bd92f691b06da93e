// Writes orders into a PouchDB on LevelDB, or opens one and asks for the newest fifty, and says what it took.
//
//     node documents.js write DIRECTORY ORDERS FIRST COUNT AT_ONCE default|sync
//     node documents.js open DIRECTORY
//
// ORDERS is a file of order bodies, one a line; the n-th document is one of them with an id of its own. The answer is
// one line of JSON, of the same form as that of tests/bench/documents.rs.
//
// PouchDB hands LevelDB each write as one batch and does not ask it to sync: it survives the death of the process and
// not a power cut. No option of PouchDB's changes that; `sync` reaches below it and syncs LevelDB's log with each batch.
const fs = require('fs');
const PouchDB = require('pouchdb-core').plugin(require('pouchdb-adapter-leveldb'));

const LISTED = 50;

function syncEachBatch() {
  const LevelDOWN = require('leveldown');
  const batch = LevelDOWN.prototype._batch;
  LevelDOWN.prototype._batch = function (operations, options, callback) {
    return batch.call(this, operations, { ...options, sync: true }, callback);
  };
}

function open(directory) {
  return new PouchDB(directory, { adapter: 'leveldb' });
}

function document(bodies, nth) {
  const id = `order_0195b7a1-0000-7000-8000-${nth.toString(16).padStart(12, '0')}`;
  return { ...bodies[nth % bodies.length], _id: id, local_number: `T1-${nth}` };
}

// The most memory that this process held so far, in bytes, in the kernel's words.
function peak() {
  return Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

async function measured(work) {
  const cpu = process.cpuUsage();
  const began = process.hrtime.bigint();
  const found = await work();
  const took_ms = Number(process.hrtime.bigint() - began) / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({ took_ms, cpu_ms: (user + system) / 1e3, found, peak: peak() }));
}

async function write(directory, orders, first, count, atOnce, how) {
  if (how === 'sync') {
    syncEachBatch();
  }
  const bodies = fs.readFileSync(orders, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const db = open(directory);
  await db.info();
  await measured(async () => {
    let written = 0;
    for (let nth = first; nth < first + count; nth += atOnce) {
      if (atOnce === 1) {
        written += (await db.put(document(bodies, nth))).ok ? 1 : 0;
        continue;
      }
      const batch = [];
      for (let each = nth; each < Math.min(nth + atOnce, first + count); each += 1) {
        batch.push(document(bodies, each));
      }
      written += (await db.bulkDocs(batch)).filter((row) => row.ok).length;
    }
    return written;
  });
  await db.close();
}

async function first(directory) {
  let db;
  await measured(async () => {
    db = open(directory);
    return (await db.allDocs({ include_docs: true, descending: true, limit: LISTED })).rows.length;
  });
  await db.close();
}

const [what, directory, orders, from, count, atOnce, how] = process.argv.slice(2);
const numbers = [from, count, atOnce].map(Number);
const done = what === 'write' ? write(directory, orders, ...numbers, how) : first(directory);
done.catch((wrong) => {
  console.error(wrong);
  process.exit(1);
});
