import {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
  VersionColumn,
} from 'typeorm';

@Entity('authors')
export class Author {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 100, unique: true })
  name!: string;

  @Column({ type: 'int', default: 0 })
  awards!: number;

  @Column({ type: 'simple-json', nullable: true })
  address!: { city: string } | null;

  @VersionColumn()
  version!: number;

  @OneToMany(() => Book, (book) => book.author, { cascade: true })
  books!: Relation<Book[]>;
}

@Entity('books')
export class Book {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 100 })
  title!: string;

  @ManyToOne(() => Author, (author) => author.books, { onDelete: 'CASCADE' })
  author!: Relation<Author>;

  @ManyToMany(() => Tag, { cascade: true })
  @JoinTable()
  tags!: Relation<Tag[]>;
}

@Entity('tags')
export class Tag {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 100 })
  name!: string;
}
