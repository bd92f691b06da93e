// What a line costs PouchDB on LevelDB: it fills a database, pushes it, pulls into an empty one, or keeps two in live
// sync with the server, and says what it took, in the form of documents.js.
//
//     node line.js '{"what": "fill", "directory": "...", "documents": "FILE OF BODIES"}'
//     node line.js '{"what": "push" | "pull", "directory": "...", "url": "...", "database": "orders", "token": "..."}'
//     node line.js '{"what": "live", "urls": ["...", "..."], "directories": ["...", "..."], "documents": ..., ...}'
const fs = require('fs');
const { PouchDB, told, say, fail } = require('./remote');
PouchDB.plugin(require('pouchdb-adapter-leveldb'));

function remote(url) {
  const fetch = (address, options) => {
    options.headers.set('Authorization', `Bearer ${told.token}`);
    return PouchDB.fetch(address, options);
  };
  return new PouchDB(`${url}/${told.database}`, { skip_setup: true, fetch });
}

const open = (directory) => new PouchDB(directory, { adapter: 'leveldb' });
const bodies = () => fs.readFileSync(told.documents, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

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
  say({ took_ms, cpu_ms: (user + system) / 1e3, found, peak: peak() });
}

const does = {
  fill: async () => {
    const db = open(told.directory);
    const all = bodies();
    for (let nth = 0; nth < all.length; nth += 500) {
      await db.bulkDocs(all.slice(nth, nth + 500));
    }
    say({ found: (await db.info()).doc_count });
    await db.close();
  },
  push: async () => {
    const db = open(told.directory);
    await db.info();
    await measured(async () => (await db.replicate.to(remote(told.url))).docs_written);
    await db.close();
  },
  pull: async () => {
    const db = open(told.directory);
    await db.info();
    await measured(async () => (await db.replicate.from(remote(told.url))).docs_written);
    await db.close();
  },
  // Each document is written into the first, and awaited in the second; then there is quiet, for others to measure.
  live: async () => {
    const [one, other] = told.directories.map(open);
    const syncs = [one, other].map((db, nth) => db.sync(remote(told.urls[nth]), { live: true, retry: true }));
    const waiting = new Map();
    const feed = other.changes({ live: true, since: 'now' }).on('change', ({ id }) => waiting.get(id)?.());
    const send = async (body) => {
      const came = new Promise((done) => { waiting.set(body._id, done); });
      const began = process.hrtime.bigint();
      await one.put(body);
      await came;
      return Number(process.hrtime.bigint() - began) / 1e6;
    };
    const [first, ...rest] = bodies();
    await send(first);
    say({ ready: true });
    const took = [];
    for (const body of rest) {
      took.push(await send(body));
      await new Promise((done) => { setTimeout(done, told.pause_ms); });
    }
    say({ took });
    syncs.forEach((sync) => sync.cancel());
    feed.cancel();
  },
};

does[told.what]().then(() => process.exit(0)).catch(fail);
