// SPDX-License-Identifier: BSD-3-Clause
// Time ONNX Runtime on the graph that make_networks.py wrote: FOLDER NAME ROUNDS REPEATS
// THREADS; prints seconds of the clock and of the processors, and MiB, and leaves the last layer in NAME.last.f32.
const fs = require('fs');
const ort = require('onnxruntime-node');

function readNpy(path) {
  const bytes = fs.readFileSync(path);
  const length = bytes.readUInt16LE(8);
  const shape = bytes.toString('latin1', 10, 10 + length).match(/\(([^)]*)\)/)[1]
    .split(',').map((s) => s.trim()).filter((s) => s).map(Number);
  const start = bytes.byteOffset + 10 + length;
  return {shape, data: new Float32Array(bytes.buffer.slice(start, bytes.byteOffset + bytes.length))};
}

async function main() {
  const [folder, name, rounds, repeats, threads] = process.argv.slice(2);
  const x = readNpy(`${folder}/${name}.npy`);
  const session = await ort.InferenceSession.create(`${folder}/${name}.onnx`, {
    executionProviders: ['cpu'], intraOpNumThreads: +threads, interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const feed = {x: new ort.Tensor('float32', x.data, x.shape)};
  let out = await session.run(feed);
  const times = [], spent = [];
  for (let r = 0; r < +rounds; r++) {
    const start = process.hrtime.bigint(), before = process.cpuUsage();
    for (let i = 0; i < +repeats; i++) out = await session.run(feed);
    times.push(Number(process.hrtime.bigint() - start) / 1e9);
    const cpu = process.cpuUsage(before);
    spent.push((cpu.user + cpu.system) / 1e6);
  }
  const last = out.h12.data;
  fs.writeFileSync(`${folder}/${name}.last.f32`,
    Buffer.from(last.buffer, last.byteOffset, last.byteLength));
  const peak = +fs.readFileSync('/proc/self/status', 'latin1').match(/VmHWM:\s+(\d+)/)[1];
  times.sort((a, b) => a - b);
  spent.sort((a, b) => a - b);
  console.log(`${times[+rounds >> 1].toFixed(4)} ${spent[+rounds >> 1].toFixed(4)} ${Math.round(peak / 1024)}`);
}
main();
