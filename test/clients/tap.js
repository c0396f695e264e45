// The few words of TAP that the clients of npm report in.
"use strict";
const { isDeepStrictEqual, inspect } = require("node:util");

let count = 0;
let failed = 0;

function is(got, expected, name) {
    ++count;
    const good = isDeepStrictEqual(got, expected);
    failed += !good;
    console.log(`${good ? "ok" : "not ok"} ${count} - ${name}`);
    if (!good) console.log(`#      got: ${inspect(got)}\n# expected: ${inspect(expected)}`.replace(/\n(?!#)/g, "\n# "));
}

// The message of the error in which a promise ends.
async function failure(promise) {
    try {
        return `no error but ${inspect(await promise)}`;
    } catch (error) {
        return error.message;
    }
}

function run(work) {
    work().then(
        () => {
            console.log(`1..${count}`);
            process.exit(failed > 0 ? 1 : 0);
        },
        (error) => {
            console.log(`not ok ${++count} - ended by an error\n# ${String(error.stack).replace(/\n/g, "\n# ")}\n1..${count}`);
            process.exit(1);
        },
    );
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const numbers = (length) => Array.from({ length }, (_, number) => number);
const everyByte = Buffer.from(numbers(256));

module.exports = { is, failure, run, sleep, numbers, everyByte, port: Number(process.env.KV_PORT) };
