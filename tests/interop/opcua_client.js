// A tour of a plant's OPC UA server with node-opcua: once for every endpoint that the server offers.
// usage: node opcua_client.js '{"address", "folder", "certificate", "key", "uri", "user", "password", "plant"}'
// prints one JSON document: a list with what was found over each endpoint.
"use strict";

const {
  AttributeIds, BrowseDirection, DataType, MessageSecurityMode, OPCUAClient, TimestampsToReturn,
  UserTokenType, Variant, makeBrowsePath,
} = require("node-opcua-client");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");

const MACHINERY = "http://opcfoundation.org/UA/Machinery/";
const DI = "http://opcfoundation.org/UA/DI/";
const WAIT_MS = 20000;

function plain(variant) {
  if (variant === null || variant === undefined) return null;
  const value = variant.value;
  if (variant.dataType === DataType.LocalizedText) return value.text;
  if (variant.dataType === DataType.NodeId) return value.toString();
  if (variant.dataType === DataType.DateTime) return value.toISOString();
  if (variant.dataType === DataType.ExtensionObject) return value.toJSON();
  return value;
}

class Tour {
  constructor(session, spaces, plant) {
    this.session = session;
    this.spaces = spaces;
    this.plant = plant;
  }

  index(uri) {
    const found = this.spaces.indexOf(uri);
    if (found < 0) throw new Error(`no namespace ${uri}`);
    return found;
  }

  async references(node, referenceType) {
    const answer = await this.session.browse({
      nodeId: node, referenceTypeId: referenceType, includeSubtypes: true, browseDirection: BrowseDirection.Forward,
      resultMask: 63,
    });
    return answer.references;
  }

  async read(node) {
    const answer = await this.session.read({ nodeId: node, attributeId: AttributeIds.Value });
    if (!answer.statusCode.isGood()) throw new Error(`${node}: ${answer.statusCode.toString()}`);
    return plain(answer.value);
  }

  async find(start, path) {
    const answer = await this.session.translateBrowsePath(makeBrowsePath(start, path));
    if (!answer.statusCode.isGood()) throw new Error(`${path} below ${start}: ${answer.statusCode.toString()}`);
    return answer.targets[0].targetId;
  }

  // OPC 40001-1: every machine is organised by the object Machines below Objects.
  async machines() {
    const machines = this.index(MACHINERY);
    const entry = await this.find("ObjectsFolder", `/${machines}:Machines`);
    const found = {};
    for (const machine of await this.references(entry, "Organizes")) {
      found[machine.browseName.name] = await this.machine(machine.nodeId);
    }
    return { entry: entry.toString(), found };
  }

  async machine(node) {
    const [di, machinery] = [this.index(DI), this.index(MACHINERY)];
    const addIns = await this.references(node, "HasAddIn");
    const identification = addIns.find((one) => one.browseName.name === "Identification");
    if (!identification || identification.browseName.namespaceIndex !== di) throw new Error(`${node}: no identification`);
    const identity = {};
    for (const one of await this.references(identification.nodeId, "HasProperty")) {
      identity[`${this.spaces[one.browseName.namespaceIndex]}${one.browseName.name}`] = await this.read(one.nodeId);
    }
    const blocks = await this.find(node, `/${machinery}:MachineryBuildingBlocks`);
    const states = {};
    for (const one of await this.references(blocks, "HasAddIn")) {
      if (one.browseName.name === "Identification") continue;
      const current = await this.find(one.nodeId, "/CurrentState");
      const id = await this.find(current, ".Id");
      const state = await this.session.read({ nodeId: id, attributeId: AttributeIds.Value });
      const number = await this.find(state.value.value, ".StateNumber"); // of the type's state that Id points to
      states[one.browseName.name] = {
        type: one.typeDefinition.toString(),
        text: await this.read(current), number: await this.read(await this.find(current, ".Number")),
        typed: await this.read(number),
      };
    }
    return { node: node.toString(), type: identification.typeDefinition.toString(), identity, states };
  }

  async variable(node) {
    const wanted = [AttributeIds.Value, AttributeIds.AccessLevel, AttributeIds.Historizing, AttributeIds.DataType];
    const [value, access, historizing, kind] = await this.session.read(
      wanted.map((attributeId) => ({ nodeId: node, attributeId })));
    const properties = {};
    for (const one of await this.references(node, "HasProperty")) {
      properties[one.browseName.name] = await this.read(one.nodeId);
    }
    return {
      value: plain(value.value), access: access.value.value, historizing: historizing.value.value,
      kind: kind.value.value.toString(), properties,
    };
  }

  async subscribe(node) {
    const subscription = await this.session.createSubscription2({
      requestedPublishingInterval: 100, requestedLifetimeCount: 100, requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 100, publishingEnabled: true, priority: 1,
    });
    const item = await subscription.monitor(
      { nodeId: node, attributeId: AttributeIds.Value }, { samplingInterval: 50, queueSize: 50, discardOldest: true },
      TimestampsToReturn.Both);
    const values = [];
    await new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`no two values of ${node} within ${WAIT_MS} ms`)), WAIT_MS);
      item.on("changed", (value) => {
        values.push(plain(value.value));
        if (values.length === 2) { clearTimeout(limit); resolve(); }
      });
    });
    await subscription.terminate();
    return values;
  }

  // Nothing of 1970 to the future comes later than asked; the history is complete when no continuation point is left.
  async history(node, most) {
    const answer = await this.session.readHistoryValue({ nodeId: node }, new Date(0), new Date(Date.now() + 1000), {
      numValuesPerNode: most,
    });
    if (!answer.statusCode.isGood()) throw new Error(`history of ${node}: ${answer.statusCode.toString()}`);
    const values = (answer.historyData && answer.historyData.dataValues) || [];
    return {
      values: values.map((one) => [one.sourceTimestamp.getTime(), one.value.value]),
      more: Boolean(answer.continuationPoint && answer.continuationPoint.length),
    };
  }

  // A user without the right to call is refused for the whole request, not for the method alone.
  async call(object, method, inputs) {
    try {
      const answer = await this.session.call({ objectId: object, methodId: method, inputArguments: inputs });
      return { status: answer.statusCode.toString(), outputs: (answer.outputArguments || []).map((one) => one.value) };
    } catch (error) {
      const refused = /serviceResult = (\w+)/.exec(error.message);
      if (!refused) throw error;
      return { status: refused[1], outputs: [] };
    }
  }

  async run() {
    const { line, measure, counter } = this.plant;
    const own = (path) => `ns=${this.index(this.plant.uri)};s=${path}`;
    const command = JSON.stringify({
      id: `node-opcua-${Date.now()}-${Math.random()}`, path: this.plant.setpoint, value: 7.5,
      expires_ms: Date.now() + 60000,
    });
    return {
      build: (await this.session.read({ nodeId: "i=2260", attributeId: AttributeIds.Value })).value.value.toJSON(),
      machines: await this.machines(),
      measure: await this.variable(own(measure)),
      text: await this.variable(own(this.plant.text)),
      subscribed: await this.subscribe(own(counter)),
      history: await this.history(own(counter), 1000),
      some: await this.history(own(counter), 2),
      command: await this.call(own(`${line}/frames`), own(`${line}/frames/command`),
        [new Variant({ dataType: DataType.String, value: command })]),
    };
  }
}

async function over(endpoint, given, certificates) {
  const encrypted = endpoint.securityMode === MessageSecurityMode.SignAndEncrypt;
  const client = OPCUAClient.create({
    applicationName: "interop", applicationUri: given.uri, clientName: "interop", endpointMustExist: false,
    securityMode: endpoint.securityMode, securityPolicy: endpoint.securityPolicyUri,
    certificateFile: given.certificate, privateKeyFile: given.key, clientCertificateManager: certificates,
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 100 }, keepSessionAlive: false,
  });
  await client.connect(given.address);
  try {
    const session = await client.createSession(encrypted
      ? { type: UserTokenType.UserName, userName: given.user, password: given.password }
      : { type: UserTokenType.Anonymous });
    try {
      const spaces = await session.readNamespaceArray();
      return await new Tour(session, spaces, given.plant).run();
    } finally {
      await session.close();
    }
  } finally {
    await client.disconnect();
  }
}

async function main() {
  const given = JSON.parse(process.argv[2]);
  const certificates = new OPCUACertificateManager({
    rootFolder: given.folder, automaticallyAcceptUnknownCertificate: true,
  });
  await certificates.initialize();
  const asking = OPCUAClient.create({ endpointMustExist: false, clientCertificateManager: certificates,
    applicationUri: given.uri, certificateFile: given.certificate, privateKeyFile: given.key });
  await asking.connect(given.address);
  const endpoints = await asking.getEndpoints();
  await asking.disconnect();
  const tours = [];
  for (const endpoint of endpoints) {
    const about = { policy: endpoint.securityPolicyUri.split("#")[1], mode: MessageSecurityMode[endpoint.securityMode] };
    try {
      tours.push({ ...about, ...(await over(endpoint, given, certificates)) });
    } catch (error) {
      tours.push({ ...about, error: error.stack });
    }
  }
  process.stdout.write(`\n${JSON.stringify(tours)}\n`);
}

main().then(() => process.exit(0), (error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
