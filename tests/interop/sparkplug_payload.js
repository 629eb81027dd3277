// Payloads in and out of the library sparkplug-payload.
// usage: node sparkplug_payload.js FILE with '{"decode": [base64, …]}'
// prints one JSON document: what it read, and payloads that it wrote.
"use strict";

const fs = require("fs");
const spb = require("sparkplug-payload").get("spBv1.0");

// Whole numbers of 64 bits as text, bytes as base64: what JSON can carry.
function plain(value) {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array || Buffer.isBuffer(value)) return { base64: Buffer.from(value).toString("base64") };
  if (typeof value === "object" && typeof value.toNumber === "function") return { long: value.toString() };
  return value;
}

function read(data) {
  const payload = spb.decodePayload(Buffer.from(data, "base64"));
  return {
    timestamp: plain(payload.timestamp), seq: plain(payload.seq),
    metrics: (payload.metrics || []).map((metric) => ({
      name: metric.name, type: metric.type || null, value: plain(metric.value), timestamp: plain(metric.timestamp),
      historical: Boolean(metric.isHistorical),
      properties: Object.fromEntries(Object.entries(metric.properties || {}).map(
        ([name, one]) => [name, { type: one.type, value: plain(one.value) }])),
    })),
  };
}

const TIME = 1800000000000;

function everyType() {
  const values = {
    Int8: -8, Int16: -1600, Int32: -320000, Int64: -64000000000, UInt8: 200, UInt16: 60000, UInt32: 4000000000,
    UInt64: 64000000000, Float: 1.5, Double: 2.25, Boolean: true, String: "text", DateTime: TIME, Text: "longer text",
    UUID: "123e4567-e89b-12d3-a456-426614174000", Bytes: new Uint8Array([0, 1, 255]), File: new Uint8Array([7]),
    DataSet: { numOfColumns: 2, types: ["String", "Int32"], columns: ["a", "b"], rows: [["x", 1], ["y", 2]] },
    Template: { isDefinition: true, metrics: [{ name: "part", type: "Int32", value: 1 }], parameters: [] },
  };
  const metrics = Object.entries(values).map(([type, value]) => ({ name: `a ${type}`, type, value, timestamp: TIME }));
  metrics.push({ name: "nothing", type: "Double", value: null, isNull: true, timestamp: TIME });
  metrics[9].properties = {
    engUnit: { type: "String", value: "kW" }, engLow: { type: "Double", value: -1.5 }, Quality: { type: "Int32", value: 192 },
    more: { type: "PropertySet", value: { deep: { type: "Boolean", value: true } } },
  };
  return metrics;
}

function write() {
  const node = [
    { name: "bdSeq", type: "Int64", value: 3, timestamp: TIME },
    { name: "Node Control/Rebirth", type: "Boolean", value: false, timestamp: TIME },
  ];
  const rebirth = [{ name: "Node Control/Rebirth", type: "Boolean", value: true, timestamp: TIME }];
  const messages = {
    NBIRTH: { timestamp: TIME, seq: 0, metrics: [...node, ...everyType()] },
    DBIRTH: { timestamp: TIME, seq: 1, metrics: everyType() },
    NDATA: { timestamp: TIME, seq: 2, metrics: everyType() },
    DDATA: { timestamp: TIME, seq: 255, metrics: everyType() },
    NDEATH: { timestamp: TIME, metrics: [node[0]] },
    DDEATH: { timestamp: TIME, seq: 4, metrics: [] },
    NCMD: { timestamp: TIME, metrics: rebirth },
    DCMD: { timestamp: TIME, metrics: everyType() },
  };
  return Object.fromEntries(Object.entries(messages).map(
    ([kind, payload]) => [kind, Buffer.from(spb.encodePayload(payload)).toString("base64")]));
}

const given = JSON.parse(fs.readFileSync(JSON.parse(process.argv[2]).file, "utf8"));
console.log(JSON.stringify({ read: given.decode.map(read), written: write() }));
