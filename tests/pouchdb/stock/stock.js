// pouchdb-server as the stand-in for a stock CouchDB, at the versions of stock/package-lock.json, which are not those of
// PouchDB itself: it is the program that its package installs, and this only names its place.
//
//     node stock.js DIRECTORY PORT
//
// Its databases and its configuration (config.json, with its administrators) lie in DIRECTORY.
const path = require('path');

const [directory, port] = process.argv.slice(2);
process.chdir(directory);
process.argv.splice(2, process.argv.length, '--host', '127.0.0.1', '--port', port, '--dir', '.', '--config', 'config.json', '--no-stdout-logs');
require(path.join(__dirname, 'node_modules/pouchdb-server/bin/pouchdb-server'));
