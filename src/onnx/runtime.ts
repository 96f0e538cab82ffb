/* The one way to ONNX Runtime: the order of these two lines matters. */
import './without-telemetry.js';
export { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
