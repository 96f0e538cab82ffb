/*
 * onnxruntime-node 1.30 reports its use to Microsoft and keeps a queue of that on disk, unless this
 * is set before it is loaded. A gateway tells nobody what it serves. Who wants the reports sets the
 * variable to 0.
 */
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
