// Reads GIFT from standard input and writes what gift-pegjs found as JSON.
const { parse } = require("gift-pegjs");
const chunks = [];
process.stdin.on("data", (chunk) => chunks.push(chunk));
process.stdin.on("end", () => process.stdout.write(JSON.stringify(parse(Buffer.concat(chunks).toString("utf8")))));
