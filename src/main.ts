import { startService } from './start-service.js';

await startService(async () => (await import('./app.module.js')).AppModule);
