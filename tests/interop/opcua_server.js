// Somebody else's machine: an OPC UA server of node-opcua with an address space of its own.
// usage: node opcua_server.js '{"port", "folder", "values": {name: value}}'
// A line of JSON on stdin, {name: value}, changes variables; a closed stdin ends the server.
"use strict";

const readline = require("readline");
const { DataType, MessageSecurityMode, SecurityPolicy, Variant } = require("node-opcua-client");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");
const { OPCUAServer } = require("node-opcua-server");

const VARIABLES = {
  "Filler.Status": ["s=Filler.Status", DataType.Int32], "Filler.Good": ["s=Filler.Good", DataType.UInt32],
  "Filler.Temperature": ["i=1042", DataType.Double], "Filler.DoorOpen": ["s=Filler.DoorOpen", DataType.Boolean],
  "Labeller.Mode": ["s=Labeller.Mode", DataType.String], "Labeller.Energy": ["s=Labeller.Energy", DataType.Float],
};

async function main() {
  const given = JSON.parse(process.argv[2]);
  const certificates = new OPCUACertificateManager({
    rootFolder: given.folder, automaticallyAcceptUnknownCertificate: true,
  });
  await certificates.initialize();
  const server = new OPCUAServer({
    port: given.port, hostname: "127.0.0.1", serverCertificateManager: certificates, allowAnonymous: true,
    securityPolicies: [SecurityPolicy.None], securityModes: [MessageSecurityMode.None],
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  const namespace = space.registerNamespace("urn:foreign:bottling");
  const hall = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: "Hall7" });
  const nodes = {};
  for (const [name, [id, dataType]] of Object.entries(VARIABLES)) {
    nodes[name] = namespace.addVariable({
      componentOf: hall, browseName: name, nodeId: `ns=${namespace.index};${id}`, dataType, minimumSamplingInterval: 50,
      value: { dataType, value: given.values[name] },
    });
  }
  await server.start();
  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    for (const [name, value] of Object.entries(JSON.parse(line))) {
      nodes[name].setValueFromSource(new Variant({ dataType: VARIABLES[name][1], value }));
    }
    console.log("changed");
  });
  lines.on("close", () => process.exit(0));
  console.log("ready");
}

main().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
