"""One file of marshmallow schemas per resource: what requests may say. The OpenAPI document is made from them."""
