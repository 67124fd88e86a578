// The entry of every npm script and of ./weft. Written in syntax that very old versions of Node still parse, so that
// they print this message and not a syntax error; everything newer is imported below.
var oldestNode = 18;
var major = Number(process.versions.node.split('.')[0]);

if (major < oldestNode) {
  process.stderr.write(
    'Weft needs Node.js ' +
      oldestNode +
      ' or later to start; this is ' +
      process.versions.node +
      '.\n' +
      'Install a current version from https://nodejs.org and run the command again.\n',
  );
  process.exit(1);
} else {
  void import('./start.mjs').then((start) => start.main(process.argv.slice(2)));
}
