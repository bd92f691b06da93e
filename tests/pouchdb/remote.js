// What the drivers share: PouchDB with what replication needs, the server as they are told of it, and lines of JSON
// both ways with whoever started them.
//
//     node DRIVER '{"url": "http://127.0.0.1:5984/sync", "token": "..."}'
//
// url is where databases are, each under its name; user and password go as Basic, token as Bearer.
const readline = require('readline');
const PouchDB = require('pouchdb-core')
  .plugin(require('pouchdb-adapter-http'))
  .plugin(require('pouchdb-adapter-memory'))
  .plugin(require('pouchdb-replication'))
  .plugin(require('pouchdb-find'));

const told = JSON.parse(process.argv[2]);

function credentials({ user, password, token }) {
  if (user !== undefined) {
    return { auth: { username: user, password } };
  }
  if (token === undefined) {
    return {};
  }
  return {
    fetch: (address, options) => {
      options.headers.set('Authorization', `Bearer ${token}`);
      return PouchDB.fetch(address, options);
    },
  };
}

// A database of the server; it is not made when it is missing.
function remote(name, who = told) {
  return new PouchDB(`${told.url}/${name}`, { skip_setup: true, ...credentials(who) });
}

let locals = 0;

// An empty database in memory.
function local() {
  locals += 1;
  return new PouchDB(`local-${process.pid}-${locals}`, { adapter: 'memory' });
}

// All that stands in a local database, conflicts and their bodies too, as text: equal databases give equal texts.
async function picture(db) {
  const { rows } = await db.allDocs({ include_docs: true, conflicts: true });
  const all = [];
  for (const { doc } of rows) {
    const losers = [];
    for (const rev of (doc._conflicts || []).sort()) {
      losers.push(await db.get(doc._id, { rev }));
    }
    delete doc._conflicts;
    all.push([doc, losers]);
  }
  return JSON.stringify(all, (name, value) => (value && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value));
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

// Answers each line of JSON that comes with what the function of its name makes of it.
function obey(commands) {
  const lines = readline.createInterface({ input: process.stdin });
  let last = Promise.resolve();
  lines.on('line', (line) => {
    const { do: name, ...rest } = JSON.parse(line);
    last = last.then(() => commands[name](rest)).then((done) => say(done === undefined ? {} : done)).catch(fail);
  });
  lines.on('close', () => last.then(() => process.exit(0)));
}

// What an error says that matters: PouchDB puts the server's words into it.
function problem(wrong) {
  return { status: wrong.status, error: wrong.name || wrong.error, reason: wrong.reason || wrong.message };
}

// The problem that something ends in; `{}` when it does not.
async function refused(work) {
  try {
    await work;
    return {};
  } catch (wrong) {
    return problem(wrong);
  }
}

function fail(wrong) {
  console.error(wrong);
  process.exit(1);
}

module.exports = { PouchDB, told, remote, local, picture, say, obey, problem, refused, fail };
