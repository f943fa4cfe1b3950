import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDateString,
  IsEmail,
  IsIn,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

const SLOTS = ['morning', 'afternoon', 'evening'].flatMap((part) => [`weekday-${part}`, `weekend-${part}`]);
const NAME = /^[\p{L}\p{M}' .-]+$/u;
const POSTCODE = /^[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}$/i;

class Availability {
  @IsOptional() @IsDateString() from?: string;
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(6) @ArrayUnique() @IsIn(SLOTS, { each: true }) slots!: string[];
  @IsOptional() @IsNumber() @Min(0) @Max(500) maxDistanceKm?: number;
}

class Address {
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(5) @IsString({ each: true }) lines!: string[];
  @Matches(POSTCODE) postcode!: string;
}

class Guardian {
  @IsString() @IsNotEmpty() name!: string;
  @IsEmail() email!: string;
}

class Declarations {
  @IsIn(['2026-11']) privacy!: string;
}

export class ApplicationForm {
  @IsString() @IsNotEmpty() @MaxLength(60) activation!: string;
  @Matches(NAME) @MaxLength(100) givenName!: string;
  @Matches(NAME) @MaxLength(100) familyName!: string;
  @IsOptional() @IsEmail() email?: string;
  @IsOptional() @Matches(/^[+0-9 ()-]{7,20}$/) phone?: string;
  @IsOptional() @Matches(POSTCODE) postcode?: string;
  @IsOptional() @IsBoolean() noPostcode?: boolean;
  @IsIn(['18-plus', '16-17']) ageBand!: string;
  @IsIn(['en', 'cy']) language!: string;
  @IsIn(['email', 'sms', 'email-and-sms', 'post']) channel!: string;
  @ValidateNested() @Type(() => Availability) availability!: Availability;
  @IsOptional() @IsArray() @ArrayMaxSize(10) @IsString({ each: true }) roles?: string[];
  @IsOptional() @IsArray() @ArrayMaxSize(14) @IsString({ each: true }) skills?: string[];
  @IsOptional() @IsBoolean() vehicle?: boolean;
  @IsOptional() @IsBoolean() remoteOnly?: boolean;
  @IsOptional() @IsString() @MaxLength(2000) support?: string;
  @IsOptional() @ValidateNested() @Type(() => Address) address?: Address;
  @IsOptional() @ValidateNested() @Type(() => Guardian) guardian?: Guardian;
  @ValidateNested() @Type(() => Declarations) declarations!: Declarations;
}
