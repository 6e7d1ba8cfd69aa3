{**
 * @license AFL-3.0
 *}
{extends file='page.tpl'}
{block name='page_title'}{l s='The payment did not go through' d='Modules.Comptoir.Shop'}{/block}
{block name='page_content'}
  <div class="comptoir-page" role="alert">
    <p>{$comptoir_reason|escape:'html':'UTF-8'}</p>
    <p>{l s='You have not been charged, and your cart is kept.' d='Modules.Comptoir.Shop'}</p>
    <p class="comptoir-actions">
      {if $comptoir_own_cart}
        <a class="btn btn-primary" href="{$comptoir_again|escape:'html':'UTF-8'}">{l s='Try again' d='Modules.Comptoir.Shop'}</a>
      {/if}
      <a class="btn btn-outline-primary btn-secondary" href="{$comptoir_checkout|escape:'html':'UTF-8'}">{l s='Choose another means of payment' d='Modules.Comptoir.Shop'}</a>
    </p>
  </div>
{/block}
