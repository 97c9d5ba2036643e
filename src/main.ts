import { endOnFurtherSignals } from './further-signals.js';
import { startService } from './start-service.js';

endOnFurtherSignals();
await startService(async () => (await import('./app.module.js')).AppModule);
