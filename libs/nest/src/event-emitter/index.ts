export { ResourceEventEmitterModule } from './resource-event-emitter.module.js';
