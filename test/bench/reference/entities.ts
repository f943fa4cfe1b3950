import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

@Entity({ name: 'application' })
export class Application {
  @PrimaryColumn('uuid') id!: string;
  @Index({ unique: true }) @Column('text') reference!: string;
  @Column('text') givenName!: string;
  @Column('text') familyName!: string;
  @Column('text', { nullable: true }) email!: string | null;
  @Column('text', { nullable: true }) phone!: string | null;
  @Column('text') state!: string;
  @Column('timestamptz') submittedAt!: Date;
  @Column('jsonb') form!: object;
}

@Entity({ name: 'journal' })
export class Journal {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) seq!: string;
  @Column('text') type!: string;
  @Column('uuid') key!: string;
  @Column('jsonb') data!: object;
}
