// Knocks with each of the credentials that it is told of, and says what it was answered. With `renew`, also what
// becomes of live replication when the server takes a token no more: alone, and with a fetch that renews it.
const { PouchDB, told, remote, local, say, refused, obey, problem, fail } = require('./remote');

async function knock(who) {
  const db = remote(told.database, who);
  const all = await refused(db.allDocs());
  const replicated = await refused(local().replicate.from(db));
  return { all, replicated };
}

// Replicates from the server for ever; with `renews`, a 401 is answered with a new token and the same question.
function follow(renews) {
  let { token } = told;
  const fetch = async (address, options) => {
    const ask = () => {
      options.headers.set('Authorization', `Bearer ${token}`);
      return PouchDB.fetch(address, options);
    };
    const answer = await ask();
    if (answer.status !== 401 || !renews) {
      return answer;
    }
    const headers = { 'Content-Type': 'application/json' };
    const renewed = await PouchDB.fetch(told.renew.url, { method: 'POST', headers, body: JSON.stringify(told.renew.body) });
    ({ token } = await renewed.json());
    return ask();
  };
  const [db, state] = [local(), { written: 0, error: null, wake: () => {} }];
  const server = new PouchDB(`${told.url}/${told.database}`, { skip_setup: true, fetch });
  const feed = db.replicate.from(server, { live: true, retry: true, back_off_function: () => 100 });
  feed.on('change', ({ docs_written: written }) => { state.written = written; state.wake(); });
  feed.on('error', (wrong) => { state.error = problem(wrong); state.wake(); });
  return {
    state,
    // Until it has so many documents, or has ended.
    until: async (documents) => {
      for (;;) {
        const woken = new Promise((done) => { state.wake = done; });
        if (state.error || (await db.info()).doc_count >= documents) {
          return { documents: (await db.info()).doc_count, error: state.error };
        }
        await woken;
      }
    },
    end: () => feed.cancel(),
  };
}

async function main() {
  const answers = {};
  for (const [name, who] of Object.entries(told.doors)) {
    answers[name] = await knock(who);
  }
  say(answers);
  if (!told.renew) {
    return;
  }
  const followers = [follow(false), follow(true)];
  obey({
    until: ({ which, documents }) => followers[which].until(documents),
    end: () => followers.forEach((each) => each.end()),
  });
}

main().catch(fail);
