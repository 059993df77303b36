// What dcmjs-dimse asks of an archive: node dcmjs_client.cjs WHAT HOST PORT CALLED CALLING …
const dimse = require('dcmjs-dimse');
const fs = require('fs');
const path = require('path');

const { Client, Dataset } = dimse;
const { CEchoRequest, CStoreRequest, CFindRequest, CGetRequest, CMoveRequest, CStoreResponse } =
  dimse.requests ? { ...dimse.requests, ...dimse.responses } : dimse;
const { Status, PresentationContextResult, TransferSyntax, SopClass } = dimse.constants;
dimse.log.setLevel('error');

const [what, host, port, called, calling, ...rest] = process.argv.slice(2);
const client = new Client();
const failed = reason => {
  console.error(`failed: ${reason}`);
  process.exit(1);
};
const add = (request, each) => {
  request.on('response', response => {
    if (each) each(response);
    const status = response.getStatus();
    if (status !== Status.Success && status !== Status.Pending) failed(status.toString(16));
  });
  client.addRequest(request);
};

if (what === 'echo') {
  add(new CEchoRequest());
} else if (what === 'store') {
  rest.forEach(file => add(new CStoreRequest(file)));
} else if (what === 'find') {
  const keys = { PatientID: rest[0], PatientName: '', StudyInstanceUID: '' };
  add(CFindRequest.createStudyFindRequest(keys), response => {
    const found = response.getDataset();
    if (found) console.log(found.getElement('StudyInstanceUID'));
  });
} else if (what === 'get') {
  add(CGetRequest.createStudyGetRequest(rest[0]));
  client.on('cStoreRequest', (request, callback) => {
    const dataset = request.getDataset();
    dataset.toFile(path.join(rest[1], `${dataset.getElement('SOPInstanceUID')}.dcm`));
    const response = CStoreResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  });
} else if (what === 'move') {
  add(CMoveRequest.createStudyMoveRequest(rest[1], rest[0]));
}
client.on('networkError', error => failed(error));
client.on('associationRejected', result => failed(JSON.stringify(result)));
client.on('closed', () => process.exit(0));
client.send(host, Number(port), calling, called);
