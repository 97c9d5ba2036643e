import type { EntityClassOrSchema } from './typeorm-resource.options.js';

/** What `forFeature` declared for one data source, until it initialises. One per application, unlike a static list. */
export class EntityCollection {
  private readonly entities = new Set<EntityClassOrSchema>();

  add(entities: readonly EntityClassOrSchema[]): this {
    for (const entity of entities) this.entities.add(entity);
    return this;
  }

  get all(): EntityClassOrSchema[] {
    return [...this.entities];
  }
}
