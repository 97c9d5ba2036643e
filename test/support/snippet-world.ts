/**
 * What the examples in the documentation take for granted: clients, orders, a gateway. Whatever an example neither declares
 * nor imports comes from a package that it could be imported from, or from here.
 */
import type { CircuitBreaker, ConnectionPool, Health, ResourceMonitor, ResourceRegistry } from '@nestjs-resources/core';
import type { ResourceHealthIndicator } from '@nestjs-resources/nest';
import type { OperationGroup, Session, SessionFactory } from '@nestjs-resources/typeorm';
import type { CanActivate, INestApplication } from '@nestjs/common';
import type { HealthCheckService } from '@nestjs/terminus';
import type { TestingModule } from '@nestjs/testing';
import type { EntityManager } from 'typeorm';

export declare class Order {
  id: number;
}
export declare class AdminGuard implements CanActivate {
  canActivate(): boolean;
}
export declare class ScrapeGuard extends AdminGuard {}
export declare class StaffGuard extends AdminGuard {}
export declare class OperatorGuard extends AdminGuard {}
export declare class AuthModule {}
export declare class AppModule {}
export declare class Client {}
export declare class RatesFeed {
  snapshot(): Promise<number[]>;
}
export declare class Checkout {
  confirm(order: Order): Promise<void>;
}
export interface SmtpClient {
  send(text: string): Promise<void>;
  noop(): Promise<void>;
  quit(): Promise<void>;
}
export interface Receipt {
  readonly paid: boolean;
}

export declare const order: Order;
export declare const id: number;
export declare const url: string;
export declare const mail: string;
export declare const receipt: string;
export declare const jobs: AsyncIterable<Order>;
export declare const entry: object;
export declare const copy: object;
export declare const client: SmtpClient;
export declare const request: { readonly signal: AbortSignal };
export declare const app: INestApplication;
export declare const module: TestingModule;
export declare const payments: CircuitBreaker;
export declare const pool: ConnectionPool<SmtpClient>;
export declare const registry: ResourceRegistry;
export declare const monitor: ResourceMonitor;
export declare const manager: import('@nestjs-resources/core').ResourceManager;
export declare const task: import('@nestjs-resources/core').BackgroundTask;
export declare const smtp: import('@nestjs-resources/testing').FakePool<SmtpClient>;
export declare const renderer: object;
export declare const sessions: SessionFactory;
export declare const group: OperationGroup;
export declare const ledger: Session & { flush(): Promise<void> };
export declare const archive: Session;
export declare const migrations: { run(): Promise<void> };
export declare const cache: { warm(signal: AbortSignal): Promise<void> };
export declare const gateway: { pay(order: Order, options?: { signal: AbortSignal }): Promise<string> };
export declare const embeddedServer: { start(): Promise<void>; close(): Promise<void> };
export declare const smtpConfig: (() => { host: string }) & { KEY: string };

export declare function openSmtp(...about: unknown[]): Promise<SmtpClient>;
export declare function charge(order: Order): Promise<string>;
export declare function pay(order: Order): Order;
export declare function payLater(order: Order): Promise<string>;
export declare function sendPending(signal: AbortSignal): Promise<void>;
export declare function beat(context: { signal: AbortSignal }): Promise<void>;
export declare function longImport(): Promise<void>;
export declare function free(path: string): Promise<number>;
export declare function log(record: object): void;
export declare function debit(session: EntityManager): Promise<number>;
export declare function credit(session: EntityManager): Promise<number>;
export declare function findOrders(manager: EntityManager): Promise<Order[]>;
export declare function findCustomers(manager: EntityManager): Promise<object[]>;
export declare function importOrders(manager: EntityManager): Promise<void>;
export declare function importCustomers(manager: EntityManager): Promise<void>;

/** What an example that is a part of a class finds in `this`. */
export declare class Surroundings {
  protected readonly health: HealthCheckService;
  protected readonly resources: ResourceHealthIndicator;
  protected readonly monitor: ResourceMonitor;
  protected readonly free: number;
  protected readonly stock: { reserve(order: Order): Promise<void> };
  protected retryNext(signal: AbortSignal): Promise<void>;
  protected readonly now: Health;
}
