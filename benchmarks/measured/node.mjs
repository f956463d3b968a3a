// The measured process of the npm package: does what it is told, one line of JSON at a time.
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";

const modules = new Map();
let sync, folder;
const say = answer => fs.writeSync(1, JSON.stringify(answer) + "\n");
const file = name => path.join(folder, name + ".cjs");
const answer = (name, wanted) => modules.get(name)[wanted]();

const commands = {
	load({ root, names, watch }) {
		folder = root;
		const start = performance.now();
		const Heatsync = createRequire(path.join(process.env.NODE_PATH, "from.cjs"))("heatsync");
		sync = new Heatsync({ watchFS: watch });
		sync.events.on("error", () => {});
		for (const name of names) modules.set(name, sync.require(file(name)));
		return { import: (performance.now() - start) / 1000, peak_kb: process.resourceUsage().maxRSS };
	},

	wait({ modules: names, function: wanted, value, limit }) {
		const waiting = [...names];
		const end = performance.now() + limit * 1000;
		say({ ready: true });
		return new Promise(done => {
			const look = () => {
				while (waiting.length && answer(waiting.at(-1), wanted) === value) waiting.pop();
				if (!waiting.length) return done({ live: Number(process.hrtime.bigint()) });
				if (performance.now() > end) return done({ failed: `not live after ${limit} s` });
				setTimeout(look, 1);
			};
			look();
		});
	},

	async apply({ names, module, function: wanted, value }) {
		const start = performance.now();
		for (const name of names) await sync.resync(file(name));
		const got = answer(module, wanted);
		const ms = performance.now() - start;
		return got === value ? { ms } : { failed: "the old value stays" };
	},

	ask({ module, function: wanted }) {
		return answer(module, wanted);
	},

	spent() {
		const { user, system } = process.cpuUsage();
		return (user + system) / 1e6;
	},

	memory() {
		global.gc();
		const { rss, heapUsed } = process.memoryUsage();
		return { kb: rss / 1024, heap_kb: heapUsed / 1024 };
	},
};

for await (const line of readline.createInterface({ input: process.stdin })) {
	const { command, ...what } = JSON.parse(line);
	try {
		say((await commands[command](what)) ?? null);
	} catch (error) {
		say({ failed: String(error) });
	}
}
process.exit(0);
