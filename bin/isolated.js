// The process that runs one attempt of an isolated type.
require('./load.js')('cli').isolated();
