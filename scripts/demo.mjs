// The main job on a queue of its own, in a temporary folder.
console.error('queuectl: the demonstration needs the queue itself, which is not there yet');
process.exitCode = 1;
