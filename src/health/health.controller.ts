import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { ResourceHealthIndicator } from '@nestjs-resources/nest';

/** The service's own health page, in the form that Terminus users know. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly resources: ResourceHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check(['database', 'payments', 'receipts'].map((name) => () => this.resources.check(name)));
  }
}
