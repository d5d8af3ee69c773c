import { ApiProperty } from '@nestjs/swagger';
import { OneOf, Text } from '../common/view.js';

/** A public key that verifies access tokens (RFC 7517). */
export class JwkView {
  @Text() kid!: string;
  @OneOf(['RSA']) kty!: string;
  @OneOf(['RS256']) alg!: string;
  @OneOf(['sig']) use!: string;
  @Text('Modulus') n!: string;
  @Text('Exponent') e!: string;
}

export class JwksView {
  @ApiProperty({ type: [JwkView] }) keys!: JwkView[];
}
